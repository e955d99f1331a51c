//! A reply is stored, or not, and nobody hears of it: what the visitor sends again counts once.

use std::time::Duration;

use serde_json::{Value, json};
use services::{Cut, Postgres, Proxy};
use talkloom_store::{Repositories, ResultId};

use super::host::{Host, PUBLIC_ID, setting};
use super::visitors::{Outcome, Sender};
use crate::app::{reply_path, start_path, workspace};

/// Attempts, of which the host answers each within some seconds.
const ATTEMPTS: usize = 10;

fn saying(text: &str) -> Value {
    json!({"message": {"type": "text", "text": text}})
}

/// Sends until there is an answer.
async fn insist(sender: &Sender, path: &str, body: &Value) -> Value {
    let mut again = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..ATTEMPTS {
        again.tick().await;
        if let Outcome::Answered(answer) = sender.post(path, body, None).await {
            return answer;
        }
    }
    panic!("{path}: no answer");
}

async fn send_again_after(cut: Cut) {
    let server = Postgres::shared().expect("PostgreSQL");
    let database = server.database().expect("a database");
    let proxy = Proxy::before(database.url()).expect("a proxy");
    let host = Host::with(vec![setting("DATABASE__URL", proxy.url())]);
    let sender = Sender::to(&host.url());
    let began = insist(&sender, &start_path(PUBLIC_ID), &json!({})).await;
    let path = reply_path(began["sessionId"].as_str().expect("it has an id"));

    let first = saying("my first answer");
    proxy.cut("my first answer", cut);
    let refused = sender.post(&path, &first, None).await;
    assert!(matches!(refused, Outcome::TurnedAway), "{refused:?}");
    assert!(proxy.has_cut());
    let refused = sender.post(&path, &first, None).await;
    assert!(
        matches!(refused, Outcome::TurnedAway),
        "still away: {refused:?}"
    );
    proxy.come_back();

    let answer = insist(&sender, &path, &first).await;
    assert_eq!(answer["input"]["id"], "q01", "{answer:#}");
    // The same words may well be the next answer, too.
    let answer = insist(&sender, &path, &first).await;
    assert_eq!(answer["input"]["id"], "q02", "{answer:#}");

    let store = host.store().await;
    let result = ResultId(began["resultId"].as_str().expect("it has one").to_owned());
    let answers = store
        .reader()
        .answers()
        .of_result(&workspace(), &result)
        .await;
    let answers = answers.expect("the answers can be read").into_iter();
    let answers: Vec<_> = answers.map(|answer| answer.content).collect();
    assert_eq!(answers, ["my first answer", "my first answer"], "{cut:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_was_stored_unheard_is_not_taken_for_the_next_answer() {
    send_again_after(Cut::After).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_was_not_stored_is_taken_when_it_comes_again() {
    send_again_after(Cut::Before).await;
}
