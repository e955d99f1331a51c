//! Visitors who answer question after question, send again what got no answer, and remember what
//! was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::host::{PUBLIC_ID, QUESTIONS};
use super::ledger::{Ledger, Talk};
use crate::app::{posting, reply_path, start_path};

/// Visitors at one time.
const VISITORS: usize = 64;
/// How long any answer may take, whatever is broken; a second more than promised, since the machine
/// has other things to do.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long a visitor tries in all.
const STUBBORNNESS: Duration = Duration::from_secs(60);
/// Between two attempts.
const PACE: Duration = Duration::from_millis(100);
/// What a person must not be shown.
const TECHNICAL: [&str; 8] = [
    "sql",
    "postgres",
    "pool",
    "connection",
    "os error",
    "panic",
    "transaction",
    "tokio",
];

/// What came of one request.
#[derive(Debug)]
pub enum Outcome {
    /// 200 and its body.
    Answered(Value),
    /// 503 in the right words.
    TurnedAway,
    /// The connection broke off or could not be made.
    Broken(String),
}

/// Sends requests over a connection of its own.
pub struct Sender {
    client: Client<HttpConnector, Body>,
    url: String,
}

impl Sender {
    pub fn to(url: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: url.to_owned(),
        }
    }

    /// Posts once. Any answer but 200 and a proper 503 fails the test, and so does none in time.
    pub async fn post(&self, path: &str, body: &Value, key: Option<&str>) -> Outcome {
        let mut request = posting(&format!("{}{path}", self.url), body.to_string());
        if let Some(key) = key {
            let key = key.parse().expect("the key can stand in a header");
            request.headers_mut().insert("idempotency-key", key);
        }
        let began = Instant::now();
        let answered = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        let answered = answered.unwrap_or_else(|_| panic!("no answer within {PATIENCE:?}: {path}"));
        let (status, retry_after, body) = match answered {
            Ok(answer) => answer,
            Err(error) => return Outcome::Broken(error),
        };
        match status {
            200 => Outcome::Answered(body),
            503 => {
                check_refusal(&body, retry_after.as_deref());
                Outcome::TurnedAway
            }
            _ => panic!("{path} after {:?}: {status} {body:#}", began.elapsed()),
        }
    }

    async fn answer(
        &self,
        request: axum::http::Request<Body>,
    ) -> Result<(u16, Option<String>, Value), String> {
        let response = self.client.request(request).await;
        let response = response.map_err(|error| format!("{error:?}"))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| format!("{error:?}"))?.to_bytes();
        let json = serde_json::from_slice(&body);
        let json = json.unwrap_or_else(|_| panic!("{status}: {body:?} is not JSON"));
        Ok((status, retry_after, json))
    }
}

/// A refusal is told in the chat API's shape, for people, with a time to come again.
fn check_refusal(body: &Value, retry_after: Option<&str>) {
    let seconds = retry_after.and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(
        seconds.is_some_and(|seconds| (1..=5).contains(&seconds)),
        "{retry_after:?}: {body}"
    );
    assert_eq!(
        (&body["status"], &body["defined"], body["code"].as_str()),
        (&json!(503), &json!(false), Some("SERVICE_UNAVAILABLE")),
        "{body}"
    );
    let message = body["message"].as_str().expect("a message");
    assert!(message.ends_with('.') && message.len() < 150, "{message}");
    let lower = message.to_lowercase();
    for word in TECHNICAL {
        assert!(!lower.contains(word), "{message}");
    }
}

/// What visitors may meet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Connections may break off: the host itself is what breaks.
    pub may_break: bool,
    /// Every second visitor sends replies without a key, and the same again after a refusal.
    pub some_without_key: bool,
}

/// Visitors at work.
pub struct Visitors {
    stop: CancellationToken,
    at_work: JoinSet<()>,
    counts: Arc<Counts>,
    ledger: Ledger,
}

#[derive(Default)]
struct Counts {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
}

impl Visitors {
    /// Sends visitors to servers that share a database: each request goes to the next one.
    pub fn to(urls: &[String], rules: Rules) -> Self {
        let (stop, counts) = (CancellationToken::new(), Arc::<Counts>::default());
        let ledger = Ledger::default();
        let mut at_work = JoinSet::new();
        for number in 0..VISITORS {
            let visitor = Visitor {
                number,
                senders: urls.iter().map(|url| Sender::to(url)).collect(),
                next: number,
                rules,
                counts: Arc::clone(&counts),
            };
            let (stop, ledger) = (stop.clone(), ledger.clone());
            at_work.spawn(visitor.talk_until(stop, ledger));
        }
        Self {
            stop,
            at_work,
            counts,
            ledger,
        }
    }

    /// Waits until so many more answers were acknowledged.
    pub async fn acknowledged(&mut self, more: usize) {
        let wanted = self.counts.acknowledged.load(Ordering::Relaxed) + more;
        let mut again = tokio::time::interval(Duration::from_millis(5));
        let began = Instant::now();
        loop {
            let have = self.counts.acknowledged.load(Ordering::Relaxed);
            if have >= wanted {
                return;
            }
            self.check().await;
            assert!(began.elapsed() < STUBBORNNESS, "{have} of {wanted} answers");
            again.tick().await;
        }
    }

    /// Waits until a visitor was turned away, so that a fault is known to be felt.
    pub async fn refused(&mut self) {
        let before = self.counts.refused.load(Ordering::Relaxed);
        let mut again = tokio::time::interval(Duration::from_millis(5));
        let began = Instant::now();
        while self.counts.refused.load(Ordering::Relaxed) == before {
            self.check().await;
            assert!(began.elapsed() < STUBBORNNESS, "nobody was turned away");
            again.tick().await;
        }
    }

    /// A visitor who gave up ends the test at once.
    async fn check(&mut self) {
        if let Some(ended) = self.at_work.try_join_next() {
            ended.expect("a visitor met something that must not be");
        }
    }

    /// Lets everyone come to an end; gives what was acknowledged.
    pub async fn leave(mut self) -> Ledger {
        self.stop.cancel();
        while let Some(ended) = self.at_work.join_next().await {
            ended.expect("a visitor met something that must not be");
        }
        self.ledger
    }
}

struct Visitor {
    number: usize,
    senders: Vec<Sender>,
    next: usize,
    rules: Rules,
    counts: Arc<Counts>,
}

impl Visitor {
    async fn talk_until(mut self, stop: CancellationToken, ledger: Ledger) {
        let mut round = 0;
        while !stop.is_cancelled() {
            let talk = self.talk(round, &stop).await;
            ledger.note(talk);
            round += 1;
        }
    }

    async fn talk(&mut self, round: usize, stop: &CancellationToken) -> Talk {
        let name = format!("v{}r{round}", self.number);
        let began = self
            .insist(&start_path(PUBLIC_ID), &json!({}), Some(&name))
            .await;
        let mut talk = Talk {
            session: text(&began, "sessionId"),
            result: text(&began, "resultId"),
            answers: Vec::new(),
            is_over: false,
        };
        let is_keyed = !self.rules.some_without_key || self.number.is_multiple_of(2);
        let path = reply_path(&talk.session);
        for question in 0..QUESTIONS {
            if stop.is_cancelled() {
                break;
            }
            let words = format!("{name}q{question}");
            let said = json!({"message": {"type": "text", "text": words}});
            let key = is_keyed.then_some(words.as_str());
            let answer = self.insist(&path, &said, key).await;
            let next = answer.pointer("/input/id").and_then(Value::as_str);
            let expected = (question + 1 < QUESTIONS).then(|| format!("q{:02}", question + 1));
            assert_eq!(next, expected.as_deref(), "{words}: {answer:#}");
            talk.answers.push(words);
            self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        talk.is_over = talk.answers.len() == QUESTIONS;
        talk
    }

    /// Sends until there is an answer.
    async fn insist(&mut self, path: &str, body: &Value, key: Option<&str>) -> Value {
        let began = Instant::now();
        let mut again = tokio::time::interval(PACE);
        loop {
            again.tick().await;
            self.next += 1;
            let sender = &self.senders[self.next % self.senders.len()];
            match sender.post(path, body, key).await {
                Outcome::Answered(answer) => return answer,
                Outcome::TurnedAway => {
                    self.counts.refused.fetch_add(1, Ordering::Relaxed);
                }
                Outcome::Broken(why) => {
                    assert!(self.rules.may_break && key.is_some(), "{path}: {why}");
                }
            }
            assert!(began.elapsed() < STUBBORNNESS, "{path}: no answer");
        }
    }
}

fn text(answer: &Value, name: &str) -> String {
    let text = answer[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {answer:#}"))
        .to_owned()
}
