//! What was acknowledged, to be held against what is stored.

use std::sync::{Arc, Mutex};

use talkloom_store::{Repositories, ResultId, SessionId, Store};

use crate::app::workspace;

/// A conversation as its visitor knows it.
#[derive(Debug, Clone)]
pub struct Talk {
    pub session: String,
    pub result: String,
    /// Acknowledged answers in their order.
    pub answers: Vec<String>,
    pub is_over: bool,
}

/// Acknowledged answers below which a fault was hardly felt.
const ENOUGH: usize = 1_000;

/// All conversations.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Vec<Talk>>>);

impl Ledger {
    pub fn note(&self, talk: Talk) {
        self.0.lock().expect("nobody panics here").push(talk);
    }

    /// Counts everything: each acknowledged answer is stored once and in its place, nothing else is,
    /// and no turn is missing in a journal.
    pub async fn check(&self, store: &Store) {
        let talks = self.0.lock().expect("nobody panics here").clone();
        assert!(talks.len() >= 64, "{} conversations", talks.len());
        for talk in &talks {
            check_talk(store, talk).await;
        }
        let answers: usize = talks.iter().map(|talk| talk.answers.len()).sum();
        assert!(answers >= ENOUGH, "{answers} answers show nothing");
        eprintln!(
            "{} conversations, {answers} answers: all there",
            talks.len()
        );
    }
}

async fn check_talk(store: &Store, talk: &Talk) {
    let (reader, workspace) = (store.reader(), workspace());
    let result = ResultId(talk.result.clone());
    let answers = reader.answers().of_result(&workspace, &result).await;
    let answers = answers.expect("the answers can be read").into_iter();
    let stored: Vec<_> = answers.map(|answer| answer.content).collect();
    assert_eq!(stored, talk.answers, "{talk:?}");

    let session = SessionId(talk.session.clone());
    let journal = reader.journal().of_session(&workspace, &session).await;
    let journal = journal.expect("the journal can be read").into_iter();
    let turns: Vec<_> = journal.map(|entry| entry.turn).collect();
    let taken = 1 + i64::try_from(talk.answers.len()).expect("few answers");
    assert_eq!(turns, (1..=taken).collect::<Vec<_>>(), "{talk:?}");

    let found = reader.sessions().find(&workspace, &session).await;
    let turn = found
        .expect("sessions can be read")
        .map(|session| session.turn);
    assert_eq!(turn, (!talk.is_over).then_some(taken), "{talk:?}");
}
