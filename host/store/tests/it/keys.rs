//! Keys of requests that may be sent again, and catalogs.

use crate::support::{NOW, TestStore};
use talkloom_store::{IdempotencyKey, Repositories, StoreError};

#[tokio::test]
async fn a_key_counts_once_within_its_bot_and_tenant() {
    let mut test = TestStore::new().await;
    let (session, _, mut first) = test.start();
    let (other, _, mut second) = test.start();
    let key = |session: &talkloom_store::SessionId| {
        let (key, owner) = ("k".to_owned(), test.owner.clone());
        IdempotencyKey::of_start(key, owner, &test.bot, session.clone(), NOW)
    };
    first.idempotency_key = Some(key(&session));
    second.idempotency_key = Some(key(&other));
    test.store.commit_turn(first).await.unwrap();
    let refused = test.store.commit_turn(second).await.unwrap_err();
    let what = "idempotency key";
    assert!(
        matches!(refused, StoreError::Conflict { what: about } if about == what),
        "{refused}"
    );

    let reader = test.store.reader();
    let nothing = reader.sessions().find(&test.owner, &other).await.unwrap();
    assert_eq!(nothing, None, "nothing of the second start is there");
    let keys = reader.idempotency_keys();
    let found = keys.of_start(&test.owner, &test.bot, "k").await.unwrap();
    assert_eq!(found, Some(key(&session)));
    let strange = keys.of_start(&test.stranger, &test.bot, "k").await.unwrap();
    assert_eq!(strange, None);
    let other = keys.of_start(&test.owner, &test.bot, "K").await.unwrap();
    assert_eq!(other, None);
}

#[tokio::test]
async fn a_reply_is_found_by_its_key_in_its_conversation_only() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    let (other, _, other_start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    test.store.commit_turn(other_start).await.unwrap();
    let mut turn = test.advance(&session, &result, 1);
    let (key, owner) = ("k".to_owned(), test.owner.clone());
    let key = IdempotencyKey::of_reply(key, owner, session.clone(), 2, NOW);
    turn.idempotency_key = Some(key.clone());
    test.store.commit_turn(turn).await.unwrap();
    let visitors = test.store.reader().visitors();
    let found = visitors.keyed_reply(&session, "k").await.unwrap();
    assert_eq!(found, Some(key));
    assert_eq!(visitors.keyed_reply(&other, "k").await.unwrap(), None);
    assert_eq!(visitors.keyed_reply(&session, "l").await.unwrap(), None);
}

#[tokio::test]
async fn a_catalog_is_kept_once() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    tx.catalogs().add("digest", "{}").await.unwrap();
    tx.catalogs().add("digest", "{}").await.unwrap();
    tx.commit().await.unwrap();
    let catalogs = test.store.reader().catalogs();
    let found = catalogs.find("digest").await.unwrap();
    assert_eq!(found.as_deref(), Some("{}"));
    assert_eq!(catalogs.find("other").await.unwrap(), None);
}
