//! Turns are written together, in order, all or nothing.

use crate::support::{NOW, TestStore, open};
use talkloom_store::{Repositories, ResultId, SessionWrite, StoreError};

#[tokio::test]
async fn a_turn_leaves_everything_or_nothing() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    test.store
        .commit_turn(test.advance(&session, &result, 1))
        .await
        .unwrap();

    let stale = test.advance(&session, &result, 1);
    let refused = test.store.commit_turn(stale).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Conflict { what: "session" }),
        "{refused}"
    );

    let reader = test.store.reader();
    let found = reader
        .sessions()
        .find(&test.owner, &session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.turn, found.state.as_str()), (2, "{\"after\":1}"));
    let answers = reader
        .answers()
        .of_result(&test.owner, &result)
        .await
        .unwrap();
    let contents: Vec<_> = answers
        .iter()
        .map(|answer| answer.content.as_str())
        .collect();
    assert_eq!(contents, ["answer 1", "answer 2"]);
    let journal = reader
        .journal()
        .of_session(&test.owner, &session)
        .await
        .unwrap();
    assert_eq!(
        journal.iter().map(|entry| entry.turn).collect::<Vec<_>>(),
        [1, 2]
    );
    let kept = reader
        .results()
        .find(&test.owner, &test.bot, &result)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.has_started && !kept.is_completed);
}

#[tokio::test]
async fn what_was_streamed_is_kept_for_one_turn() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    let tx = test.store.begin().await.unwrap();
    for (workspace, turn, expected) in [
        (&test.stranger, 1, false),
        (&test.owner, 2, false),
        (&test.owner, 1, true),
        (&test.owner, 1, true),
    ] {
        let kept = tx.sessions();
        let kept = kept.keep_streamed(workspace, &session, turn, "{}");
        assert_eq!(kept.await.unwrap(), expected);
    }
    tx.commit().await.unwrap();
    let reader = test.store.reader();
    let sessions = reader.sessions();
    let found = sessions.streamed(&test.stranger, &session).await.unwrap();
    assert_eq!(found, None);
    let found = sessions.streamed(&test.owner, &session).await.unwrap();
    assert_eq!(found.as_deref(), Some("{}"));

    let next = test.advance(&session, &result, 1);
    test.store.commit_turn(next).await.unwrap();
    let found = sessions.streamed(&test.owner, &session).await.unwrap();
    assert_eq!(found, None, "it belongs to the turn before");
}

#[tokio::test]
async fn an_ended_session_is_gone_and_stays_gone() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    let end = SessionWrite::End {
        id: session.clone(),
        from_turn: 1,
    };
    let mut last = test.write(end, &session, &result, 2);
    last.results[0].is_completed = true;
    test.store.commit_turn(last).await.unwrap();

    let late = test
        .store
        .commit_turn(test.advance(&session, &result, 1))
        .await
        .unwrap_err();
    assert!(matches!(late, StoreError::Conflict { .. }), "{late}");
    let reader = test.store.reader();
    assert_eq!(reader.visitors().session(&session).await.unwrap(), None);
    let journal = reader
        .journal()
        .of_session(&test.owner, &session)
        .await
        .unwrap();
    assert_eq!(journal.len(), 2, "the journal outlives the session");
    let kept = reader
        .results()
        .find(&test.owner, &test.bot, &result)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.is_completed);
}

#[tokio::test]
async fn many_turns_at_once_all_arrive() {
    let mut test = TestStore::new().await;
    let started: Vec<_> = (0..300).map(|_| test.start()).collect();
    let mut writing = tokio::task::JoinSet::new();
    for (_, _, start) in &started {
        let (store, start) = (test.store.clone(), start.clone());
        writing.spawn(async move { store.commit_turn(start).await });
    }
    for outcome in writing.join_all().await {
        outcome.unwrap();
    }
    // Two processes race for each session: one of the two wins every time.
    let other = open(&test.place).await;
    let mut writing = tokio::task::JoinSet::new();
    for (session, result, _) in &started {
        for store in [&test.store, &other] {
            let (store, turn) = (store.clone(), test.advance(session, result, 1));
            writing.spawn(async move { store.commit_turn(turn).await });
        }
    }
    let outcomes = writing.join_all().await;
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        started.len()
    );
    let reader = test.store.reader();
    for (_, result, _) in &started {
        assert_eq!(
            reader
                .answers()
                .of_result(&test.owner, result)
                .await
                .unwrap()
                .len(),
            2
        );
    }
}

#[tokio::test]
async fn a_faulty_turn_takes_no_other_down() {
    let mut test = TestStore::new().await;
    let started: Vec<_> = (0..10).map(|_| test.start()).collect();
    let mut writing = tokio::task::JoinSet::new();
    for (number, (_, _, start)) in started.iter().enumerate() {
        let (store, mut start) = (test.store.clone(), start.clone());
        if number == 4 {
            start.answers[0].result_id = ResultId("nowhere".into());
        }
        writing.spawn(async move { (number, store.commit_turn(start).await) });
    }
    for (number, outcome) in writing.join_all().await {
        assert_eq!(outcome.is_err(), number == 4, "turn {number}: {outcome:?}");
    }
    let all = test
        .store
        .reader()
        .results()
        .of_bot(&test.owner, &test.bot)
        .await
        .unwrap();
    assert_eq!(all.len(), 9);
    assert!(all.iter().all(|result| result.updated_at == NOW));
}

#[tokio::test]
async fn a_stranger_takes_no_turn_of_a_session() {
    let mut test = TestStore::new().await;
    let (session, result, start) = test.start();
    test.store.commit_turn(start).await.unwrap();
    let end = SessionWrite::End {
        id: session.clone(),
        from_turn: 1,
    };
    let end = test.write(end, &session, &result, 2);
    for mut write in [test.advance(&session, &result, 1), end] {
        write.workspace_id = test.stranger.clone();
        let refused = test.store.commit_turn(write).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Conflict { what: "session" }),
            "{refused}"
        );
    }
    let sessions = test.store.reader().sessions();
    let found = sessions.find(&test.owner, &session).await.unwrap();
    assert_eq!(found.map(|session| session.turn), Some(1));
}
