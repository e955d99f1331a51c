//! Two hosts over one database.

use futures_util::future::join_all;
use serde_json::{Value, json};
use services::{Postgres, PostgresOptions, Redis};

use super::host::{Host, PUBLIC_ID, QUESTIONS, setting};
use super::rounds;
use super::visitors::{Outcome, Rules, Sender, Visitors};
use crate::app::{reply_path, start_path};

/// Conversations that are held at one time.
const CONVERSATIONS: usize = 100;

struct Pair {
    _postgres: Postgres,
    redis: Option<Redis>,
    one: Host,
    other: Host,
}

impl Pair {
    fn start(redis: Option<Redis>) -> Self {
        let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
        let mut settings = vec![setting("DATABASE__URL", postgres.url())];
        if let Some(redis) = &redis {
            settings.push(setting("REDIS__URL", redis.url()));
        }
        let one = Host::with(settings);
        Self {
            other: one.beside(),
            one,
            redis,
            _postgres: postgres,
        }
    }

    fn urls(&self) -> [String; 2] {
        [self.one.url(), self.other.url()]
    }
}

async fn answered(sender: &Sender, path: &str, body: &Value, key: Option<&str>) -> Value {
    match sender.post(path, body, key).await {
        Outcome::Answered(answer) => answer,
        other => panic!("{path}: {other:?}"),
    }
}

/// Holds a conversation with the bot of questions.
async fn talk(urls: &[String]) -> Vec<Value> {
    talk_to(PUBLIC_ID, QUESTIONS, urls).await
}

/// Holds a conversation, each turn with the next host; gives what the bot said.
pub async fn talk_to(public_id: &str, questions: usize, urls: &[String]) -> Vec<Value> {
    let senders: Vec<_> = urls.iter().map(|url| Sender::to(url)).collect();
    let mut senders = senders.iter().cycle();
    let mut sender = || senders.next().expect("there is a host");
    let began = answered(sender(), &start_path(public_id), &json!({}), None).await;
    let path = reply_path(began["sessionId"].as_str().expect("it has an id"));
    let mut said = vec![began["input"].clone()];
    for question in 0..questions {
        let words = json!({"message": {"type": "text", "text": format!("answer {question}")}});
        said.push(answered(sender(), &path, &words, None).await);
    }
    said
}

async fn hold_together(redis: Option<Redis>) {
    let pair = Pair::start(redis);
    let urls = pair.urls();
    let alone = talk(&urls[..1]).await;
    let talks = join_all((0..CONVERSATIONS).map(|_| talk(&urls))).await;
    for said in talks {
        assert_eq!(said, alone);
    }
    each_turn_at_both(&urls).await;
    drop(pair);
}

/// Every reply goes to both hosts at once, as an impatient page sends it.
async fn each_turn_at_both(urls: &[String; 2]) {
    let (one, other) = (Sender::to(&urls[0]), Sender::to(&urls[1]));
    let began = answered(&one, &start_path(PUBLIC_ID), &json!({}), None).await;
    let path = reply_path(began["sessionId"].as_str().expect("it has an id"));
    for question in 0..QUESTIONS {
        let key = format!("k{question}");
        let words = json!({"message": {"type": "text", "text": format!("answer {question}")}});
        let (first, second) = tokio::join!(
            answered(&one, &path, &words, Some(&key)),
            answered(&other, &path, &words, Some(&key)),
        );
        assert_eq!(first, second);
        let next = (question + 1 < QUESTIONS).then(|| format!("q{:02}", question + 1));
        let asked = first.pointer("/input/id").and_then(Value::as_str);
        assert_eq!(asked, next.as_deref(), "{first:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_hold_conversations_as_one_does() {
    hold_together(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_with_redis_hold_conversations_as_one_does() {
    hold_together(Some(Redis::start().expect("Redis starts"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_host_goes_on_when_the_other_is_killed() {
    let mut pair = Pair::start(Some(Redis::start().expect("Redis starts")));
    let rules = Rules {
        may_break: true,
        some_without_key: false,
    };
    let mut visitors = Visitors::to(&pair.urls(), rules);
    for _ in 0..rounds(2) {
        visitors.acknowledged(300).await;
        pair.one.kill();
        visitors.acknowledged(300).await;
        pair.one.start();
    }
    visitors.acknowledged(200).await;
    visitors
        .leave()
        .await
        .check(&pair.other.store().await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_come_and_go() {
    let mut pair = Pair::start(Some(Redis::start().expect("Redis starts")));
    let mut visitors = Visitors::to(&pair.urls(), Rules::default());
    for _ in 0..rounds(2) {
        visitors.acknowledged(200).await;
        let redis = pair.redis.as_mut().expect("there is one");
        // What comes back is empty.
        tokio::task::block_in_place(|| redis.stop()).expect("Redis stops");
        visitors.acknowledged(200).await;
        pair.one.until_of_use().await;
        let redis = pair.redis.as_mut().expect("there is one");
        tokio::task::block_in_place(|| redis.resume()).expect("Redis starts again");
        visitors.acknowledged(200).await;
        let redis = pair.redis.as_ref().expect("there is one");
        wipe(redis.url()).await;
    }
    visitors.acknowledged(200).await;
    visitors.leave().await.check(&pair.one.store().await).await;
}

async fn wipe(url: &str) {
    let client = redis::Client::open(url).expect("it is an address");
    let connection = client.get_multiplexed_async_connection().await;
    let mut connection = connection.expect("Redis answers");
    let wiped: redis::RedisResult<()> = redis::cmd("FLUSHALL").query_async(&mut connection).await;
    wiped.expect("Redis can be wiped");
}
