//! What has been kept long enough goes, a bounded number of rows at a time; the rest stays.

use talkloom_store::repository::{NewMessage, NewVersion};
use talkloom_store::{
    IdempotencyKey, JournalEntry, Repositories, ResultId, Session, SessionId, SessionWrite,
    TurnWrite, VersionId,
};

use crate::support::{NOW, TestStore};

const LATER: i64 = NOW + 1_000;

/// A conversation that began at a time and left one of everything.
async fn conversation(test: &mut TestStore, now_ms: i64) -> (SessionId, ResultId) {
    let (session, result, mut start) = test.start_at(now_ms);
    let key = format!("start-{now_ms}");
    start.idempotency_key = Some(IdempotencyKey::of_start(
        key,
        test.owner.clone(),
        &test.bot,
        session.clone(),
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
    (session, result)
}

/// Calls a clean-up until it finds nothing, one row at a time; gives how many there were.
macro_rules! clean {
    ($test:ident, $($call:tt)+) => {{
        let mut removed = 0;
        loop {
            let tx = $test.store.begin().await.unwrap();
            let now = tx.retention().$($call)+.await.unwrap();
            tx.commit().await.unwrap();
            assert!(now <= 1, "at most as many as were asked for");
            if now == 0 {
                break removed;
            }
            removed += now;
        }
    }};
}

#[tokio::test]
async fn what_is_old_goes_and_the_rest_stays() {
    let mut test = TestStore::new().await;
    conversation(&mut test, NOW).await;
    let (touched, _) = conversation(&mut test, NOW + 1).await;
    let (young, kept) = conversation(&mut test, LATER + 1).await;
    let tx = test.store.begin().await.unwrap();
    let version = test.version.clone();
    let on = talkloom_store::Advance {
        id: touched.clone(),
        from_turn: 1,
        state: "{}".into(),
    };
    let sessions = tx.sessions();
    sessions
        .change_version(&test.owner, &on, &version, LATER + 2)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(clean!(test, sessions(LATER, 1)), 1, "one was touched since");
    assert_eq!(clean!(test, journal(LATER, 1)), 2);
    assert_eq!(clean!(test, idempotency_keys(LATER, 1)), 2);
    assert_eq!(clean!(test, listener_messages(LATER, 1)), 2);
    assert_eq!(clean!(test, results(&test.stranger, LATER, 1)), 0);
    assert_eq!(clean!(test, results(&test.owner, LATER, 1)), 2);
    for empty in [
        clean!(test, previews(LATER * 2, 1)),
        clean!(test, preview_journal(LATER * 2, 1)),
        clean!(test, preview_versions(LATER * 2, 1)),
        clean!(test, audit_log(LATER, 1)),
        clean!(test, auth_sessions(LATER, 1)),
        clean!(test, invitations(LATER, 1)),
    ] {
        assert_eq!(empty, 0);
    }

    let reader = test.store.reader();
    let owner = &test.owner;
    assert_eq!(
        reader.sessions().find(owner, &touched).await.unwrap(),
        None,
        "a conversation goes with its result"
    );
    assert!(
        reader
            .sessions()
            .find(owner, &young)
            .await
            .unwrap()
            .is_some()
    );
    let answers = reader.answers().of_result(owner, &kept).await.unwrap();
    assert_eq!(answers.len(), 1);
    let journal = reader.journal().of_session(owner, &young).await.unwrap();
    assert_eq!(journal.len(), 1);
    let waiting = reader.listener_messages().waiting(owner, &kept.0).await;
    assert_eq!(waiting.unwrap().messages, 1);
    let started = reader.idempotency_keys();
    let key = format!("start-{}", LATER + 1);
    let started = started.of_start(owner, &test.bot, &key).await.unwrap();
    assert_eq!(started.map(|key| key.session_id), Some(young));
}

#[tokio::test]
async fn previews_go_with_their_drafts() {
    let test = TestStore::new().await;
    let draft = VersionId("preview.1".into());
    let tx = test.store.begin().await.unwrap();
    let version = NewVersion {
        id: draft.clone(),
        bot_id: test.bot.clone(),
        document: "{}".into(),
        lock: "{}".into(),
        is_preview: true,
        author_id: None,
        note: None,
    };
    tx.versions().add(&test.owner, version, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let id = SessionId("chosen".into());
    test.store
        .commit_turn(preview(&test, &id, &draft))
        .await
        .unwrap();

    assert_eq!(clean!(test, preview_versions(LATER, 1)), 0, "it is in use");
    assert_eq!(clean!(test, sessions(LATER, 1)), 0, "it is a preview");
    assert_eq!(clean!(test, previews(NOW, 1)), 0, "it is young");
    assert_eq!(clean!(test, previews(LATER, 1)), 1);
    assert_eq!(clean!(test, preview_versions(LATER, 1)), 1);
    assert_eq!(clean!(test, journal(LATER, 1)), 0);
    assert_eq!(clean!(test, preview_journal(LATER, 1)), 1);
    let versions = test.store.reader().versions();
    assert_eq!(versions.find(&test.owner, &draft).await.unwrap(), None);
    let published = versions.find(&test.owner, &test.version).await.unwrap();
    assert!(published.is_some());
}

fn preview(test: &TestStore, id: &SessionId, draft: &VersionId) -> TurnWrite {
    let session = Session {
        id: id.clone(),
        workspace_id: test.owner.clone(),
        bot_id: test.bot.clone(),
        version_id: draft.clone(),
        result_id: None,
        state: "{}".into(),
        turn: 1,
        is_preview: true,
        created_at: NOW,
        updated_at: NOW,
    };
    let write = SessionWrite::Replace(Box::new(session));
    TurnWrite {
        results: Vec::new(),
        answers: Vec::new(),
        logs: Vec::new(),
        visited_edges: Vec::new(),
        variable_changes: Vec::new(),
        journal: JournalEntry {
            session_id: id.clone(),
            turn: 1,
            workspace_id: test.owner.clone(),
            result_id: None,
            entry: b"entry".to_vec(),
            created_at: NOW,
        },
        ..test.write(write, id, &ResultId(String::new()), 1)
    }
}
