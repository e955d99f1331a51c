//! Another workspace's row answers as a missing one: every method, called by a stranger.

use crate::support::{NOW, TestStore, new_bot};
use talkloom_store::repository::{BotFlags, Draft, NewApiToken, ResultState};
use talkloom_store::{BotId, Repositories, StoreError, TokenId};

const DRAFT: Draft<'static> = Draft {
    name: "Stolen",
    source_id: None,
    document: "{\"stolen\":true}",
};

#[tokio::test]
async fn a_stranger_finds_no_bot() {
    let test = TestStore::new().await;
    let bots = test.store.reader().bots();
    assert!(bots.find(&test.owner, &test.bot).await.unwrap().is_some());
    assert!(
        bots.find_by_public_id(&test.owner, "demo")
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        bots.find_linked(&test.owner, test.bot.as_str())
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        bots.find_linked(&test.owner, "elsewhere")
            .await
            .unwrap()
            .is_some()
    );

    assert_eq!(bots.find(&test.stranger, &test.bot).await.unwrap(), None);
    assert_eq!(
        bots.find_by_public_id(&test.stranger, "demo")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        bots.find_linked(&test.stranger, test.bot.as_str())
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        bots.find_linked(&test.stranger, "elsewhere").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_stranger_changes_no_bot() {
    let test = TestStore::new().await;
    let before = test
        .store
        .reader()
        .bots()
        .find(&test.owner, &test.bot)
        .await
        .unwrap();
    let tx = test.store.begin().await.unwrap();
    let flags = BotFlags {
        is_closed: true,
        is_archived: true,
    };
    assert!(
        !tx.bots()
            .save_draft(&test.stranger, &test.bot, DRAFT, NOW + 1)
            .await
            .unwrap()
    );
    assert!(
        !tx.bots()
            .set_published(&test.stranger, &test.bot, None)
            .await
            .unwrap()
    );
    assert!(
        !tx.bots()
            .set_flags(&test.stranger, &test.bot, flags)
            .await
            .unwrap()
    );
    let taken = tx
        .bots()
        .add(
            &test.stranger,
            new_bot(&BotId("cother".into()), "demo"),
            NOW,
        )
        .await;
    assert!(
        matches!(taken, Err(StoreError::Conflict { what: "public id" })),
        "{taken:?}"
    );
    tx.commit().await.unwrap();
    assert_eq!(
        test.store
            .reader()
            .bots()
            .find(&test.owner, &test.bot)
            .await
            .unwrap(),
        before
    );
}

#[tokio::test]
async fn the_owner_changes_a_bot() {
    let test = TestStore::new().await;
    let tx = test.store.begin().await.unwrap();
    let flags = BotFlags {
        is_closed: true,
        is_archived: false,
    };
    assert!(
        tx.bots()
            .save_draft(&test.owner, &test.bot, DRAFT, NOW + 1)
            .await
            .unwrap()
    );
    assert!(
        tx.bots()
            .set_flags(&test.owner, &test.bot, flags)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let reader = test.store.reader();
    let bot = reader
        .bots()
        .find(&test.owner, &test.bot)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (bot.name.as_str(), bot.updated_at, bot.is_closed),
        ("Stolen", NOW + 1, true)
    );
    assert!(
        reader
            .visitors()
            .published("demo")
            .await
            .unwrap()
            .unwrap()
            .is_closed
    );

    let tx = test.store.begin().await.unwrap();
    let flags = BotFlags {
        is_closed: false,
        is_archived: true,
    };
    tx.bots()
        .set_flags(&test.owner, &test.bot, flags)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        reader.visitors().published("demo").await.unwrap(),
        None,
        "archived"
    );
}

#[tokio::test]
async fn a_stranger_finds_no_version() {
    let test = TestStore::new().await;
    let versions = test.store.reader().versions();
    assert!(
        versions
            .find(&test.owner, &test.version)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        versions.of_bot(&test.owner, &test.bot).await.unwrap().len(),
        1
    );
    assert_eq!(
        versions.find(&test.stranger, &test.version).await.unwrap(),
        None
    );
    assert_eq!(
        versions.of_bot(&test.stranger, &test.bot).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn a_stranger_finds_nothing_of_a_conversation() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    let reader = test.store.reader();
    for (workspace, rows) in [(&test.owner, 1), (&test.stranger, 0)] {
        let session_found = reader.sessions().find(workspace, &session).await.unwrap();
        let result_found = reader
            .results()
            .find(workspace, &test.bot, &result)
            .await
            .unwrap();
        let counts = [
            usize::from(session_found.is_some()),
            usize::from(result_found.is_some()),
            reader
                .results()
                .of_bot(workspace, &test.bot)
                .await
                .unwrap()
                .len(),
            reader
                .answers()
                .of_result(workspace, &result)
                .await
                .unwrap()
                .len(),
            reader
                .logs()
                .of_result(workspace, &result)
                .await
                .unwrap()
                .len(),
            reader
                .visited_edges()
                .of_result(workspace, &result)
                .await
                .unwrap()
                .len(),
            reader
                .variable_history()
                .of_result(workspace, &result)
                .await
                .unwrap()
                .len(),
            reader
                .journal()
                .of_session(workspace, &session)
                .await
                .unwrap()
                .len(),
            usize::from(
                reader
                    .results()
                    .whose(workspace, &result)
                    .await
                    .unwrap()
                    .is_some(),
            ),
        ];
        assert_eq!(counts, [rows; 9], "{workspace}");
    }
}

#[tokio::test]
async fn a_stranger_overwrites_no_result() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    let stolen = ResultState {
        id: result.clone(),
        bot_id: test.bot.clone(),
        variables: "[\"stolen\"]".into(),
        has_started: true,
        is_completed: true,
    };
    let tx = test.store.begin().await.unwrap();
    tx.results()
        .save(&[(&test.stranger, &session, &stolen)], NOW + 9)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let reader = test.store.reader();
    let kept = reader
        .results()
        .find(&test.owner, &test.bot, &result)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((kept.variables.as_str(), kept.is_completed), ("[]", false));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_no_trace() {
    let test = TestStore::new().await;
    let bot = BotId("cother".into());
    let tx = test.store.begin().await.unwrap();
    tx.bots()
        .add(&test.owner, new_bot(&bot, "other"), NOW)
        .await
        .unwrap();
    drop(tx);
    assert_eq!(
        test.store
            .reader()
            .bots()
            .find(&test.owner, &bot)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn the_reader_refuses_writes() {
    let test = TestStore::new().await;
    let bots = test.store.reader().bots();
    let written = bots
        .add(&test.owner, new_bot(&BotId("cother".into()), "other"), NOW)
        .await;
    assert!(
        matches!(written, Err(StoreError::Database { .. })),
        "{written:?}"
    );
}

#[tokio::test]
async fn a_stranger_reaches_no_token() {
    let test = TestStore::new().await;
    let id = TokenId("ctoken".into());
    let token = NewApiToken {
        id: id.clone(),
        name: "CI".into(),
        digest: "5e".into(),
        user_id: None,
        scopes: None,
        expires_at: Some(NOW + 5),
    };
    let tx = test.store.begin().await.unwrap();
    let tokens = tx.api_tokens();
    tokens.add(&test.owner, token, NOW).await.unwrap();
    tokens.touch(&test.stranger, &id, NOW + 1).await.unwrap();
    assert!(!tokens.remove(&test.stranger, &id).await.unwrap());
    assert_eq!(tokens.all(&test.stranger).await.unwrap(), []);
    let owner = tokens.owner("5e", NOW).await.unwrap().unwrap();
    assert_eq!(
        (&owner.workspace_id, owner.last_used_at),
        (&test.owner, None)
    );

    tokens.touch(&test.owner, &id, NOW + 1).await.unwrap();
    let all = tokens.all(&test.owner).await.unwrap();
    assert_eq!(all[0].last_used_at, Some(NOW + 1));
    let expired = tokens.owner("5e", NOW + 5).await.unwrap();
    assert_eq!(expired, None);
    assert!(tokens.remove(&test.owner, &id).await.unwrap());
    assert_eq!(tokens.owner("5e", NOW).await.unwrap(), None);
}
