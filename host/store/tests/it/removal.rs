//! Removing a result, a bot or a workspace leaves nothing of it in any table.

use std::collections::BTreeMap;

use talkloom_store::repository::{NewMessage, ResultFilter};
use talkloom_store::{IdempotencyKey, Repositories, ResultId, Role, UserId};

use crate::support::{NOW, TestStore};

/// Tables whose rows belong to no workspace, or outlive it until their file is gone.
const STAY: [&str; 4] = ["catalogs", "files", "users", "workspaces"];

/// How many rows each table has that has some, as the database itself lists its tables.
async fn rows(test: &TestStore) -> BTreeMap<String, usize> {
    let snapshot = test.store.snapshot().await.unwrap();
    let mut rows = BTreeMap::new();
    for table in snapshot.tables() {
        let page = snapshot.page(table, None).await.unwrap();
        if page.rows > 0 {
            rows.insert(table.name.clone(), page.rows);
        }
    }
    rows
}

/// A conversation with a key and a message that waits.
async fn conversation(test: &mut TestStore, now_ms: i64) -> ResultId {
    let (session, result, mut start) = test.start_at(now_ms);
    start.idempotency_key = Some(IdempotencyKey::of_reply(
        "k".into(),
        test.owner.clone(),
        session,
        1,
        now_ms,
    ));
    test.store.commit_turn(start).await.unwrap();
    let tx = test.store.begin().await.unwrap();
    let message = NewMessage {
        room: result.0.clone(),
        block_id: None,
        body: "{}".into(),
    };
    let messages = tx.listener_messages();
    messages.add(&test.owner, message, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    result
}

#[tokio::test]
async fn a_result_goes_with_everything_and_no_other() {
    let mut test = TestStore::new().await;
    conversation(&mut test, NOW).await;
    let before = rows(&test).await;
    let second = conversation(&mut test, NOW + 1).await;
    assert_ne!(rows(&test).await, before);
    let tx = test.store.begin().await.unwrap();
    let removed = tx.results().remove(&test.owner, &test.bot, &[second]).await;
    assert_eq!(removed.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(rows(&test).await, before);
}

#[tokio::test]
async fn a_bot_and_a_workspace_go_with_everything() {
    let mut test = TestStore::new().await;
    let owner = test.owner.clone();
    let empty = TestStore::new().await;
    let tx = empty.store.begin().await.unwrap();
    assert!(tx.bots().remove(&empty.owner, &empty.bot).await.unwrap());
    tx.commit().await.unwrap();
    let before = rows(&empty).await;

    let first = conversation(&mut test, NOW).await;
    let tx = test.store.begin().await.unwrap();
    assert!(!tx.bots().remove(&test.stranger, &test.bot).await.unwrap());
    assert!(tx.bots().remove(&owner, &test.bot).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(
        rows(&test).await,
        before,
        "a bot that talked leaves no more"
    );
    let reader = test.store.reader();
    let answers = reader.answers().of_result(&owner, &first).await.unwrap();
    assert_eq!(answers, []);
    let filter = ResultFilter::default();
    let count = reader.results().count(&owner, &test.bot, &filter).await;
    assert_eq!(count.unwrap(), 0);
}

#[tokio::test]
async fn a_workspace_goes_with_everything() {
    let mut test = TestStore::new().await;
    let owner = test.owner.clone();
    conversation(&mut test, NOW).await;
    let tx = test.store.begin().await.unwrap();
    let ada = UserId("cada".into());
    let user = talkloom_store::repository::NewUser {
        id: ada.clone(),
        email: "ada@example.com".into(),
        name: None,
        is_admin: false,
    };
    tx.users().add(user, NOW).await.unwrap();
    let members = tx.members();
    members.add(&owner, &ada, Role::Admin, NOW).await.unwrap();
    tx.custom_domains()
        .add(&owner, "a.example", NOW)
        .await
        .unwrap();
    assert!(tx.workspaces().remove(&owner).await.unwrap());
    tx.commit().await.unwrap();
    let mut left = rows(&test).await;
    assert_eq!(left.get("workspaces"), Some(&1), "the stranger's stays");
    left.retain(|table, _| !STAY.contains(&table.as_str()));
    assert_eq!(left, BTreeMap::new());
}
