//! Whatever visitors write is kept.

use talkloom_store::repository::{NewMessage, ResultState};
use talkloom_store::{BotId, Repositories, SessionId};

use crate::support::{NOW, TestStore};

#[tokio::test]
async fn a_text_with_nul_is_kept_with_a_sign_in_its_place() {
    let mut test = TestStore::new().await;
    let (session, result, mut start) = test.start();
    start.answers[0].content = "a\0b".into();
    start.logs[0].description = "\0".into();
    start.logs[0].details = Some("x\0".into());
    start.visited_edges[0].edge_id = "e\0".into();
    start.variable_changes[0].value = "v\0".into();
    start.results[0] = ResultState {
        variables: "[\"\\u0000\"]".into(),
        ..start.results[0].clone()
    };
    start.journal.entry = b"\0entry\0".to_vec();
    test.store.commit_turn(start).await.unwrap();

    let reader = test.store.reader();
    let answers = reader.answers().of_result(&test.owner, &result).await;
    assert_eq!(answers.unwrap()[0].content, "a\u{fffd}b");
    let logs = reader.logs().of_result(&test.owner, &result).await.unwrap();
    assert_eq!(logs[0].description, "\u{fffd}");
    assert_eq!(logs[0].details.as_deref(), Some("x\u{fffd}"));
    let found = reader.results().whose(&test.owner, &result).await.unwrap();
    assert_eq!(
        found.unwrap().variables,
        "[\"\\u0000\"]",
        "JSON keeps it as an escape"
    );
    let journal = reader.journal().of_session(&test.owner, &session).await;
    assert_eq!(journal.unwrap()[0].entry, b"\0entry\0");

    let tx = test.store.begin().await.unwrap();
    let message = NewMessage {
        room: result.0.clone(),
        block_id: None,
        body: "m\0".into(),
    };
    let messages = tx.listener_messages();
    messages.add(&test.owner, message, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn nothing_is_found_by_an_id_with_nul() {
    let test = TestStore::new().await;
    let reader = test.store.reader();
    let visitors = reader.visitors();
    assert_eq!(visitors.published("de\0mo").await.unwrap(), None);
    let session = SessionId("\0".into());
    assert_eq!(visitors.session(&session).await.unwrap(), None);
    let bots = reader.bots();
    let found = bots.find(&test.owner, &BotId("\0".into())).await;
    assert_eq!(found.unwrap(), None);
}
