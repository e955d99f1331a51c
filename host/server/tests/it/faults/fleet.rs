//! Several processes that share the work: two that answer visitors, one that does jobs, on one
//! PostgreSQL and one Redis.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use serde_json::{Value, json};
use services::{Postgres, PostgresOptions, Redis};
use talkloom_server::bus::{Bus, Event, Subscription, Topic};
use talkloom_server::config::RedisConfig;
use talkloom_server::jobs::kinds::{ExportFormat, ExportResults};
use talkloom_server::jobs::new_job;
use talkloom_server::{Clock, Entropy};
use talkloom_store::repository::state;
use talkloom_store::{BotId, Job, JobId, Repositories, Store};

use super::host::{Host, questionnaire, setting};
use super::hosts::talk_to;
use crate::app::{posting, workspace};
use crate::bus::config;
use crate::listeners::{Page, waiting_bot};
use crate::model::PATIENCE;

/// Conversations that are held at one time.
const CONVERSATIONS: usize = 100;
/// Turns of each, the first apart.
const TURNS: usize = 20;
const LONG: &str = "long";

/// Two hosts and a worker.
struct Fleet {
    _postgres: Postgres,
    _redis: Redis,
    /// How processes reach Redis.
    shared: RedisConfig,
    one: Host,
    other: Host,
    worker: Host,
}

impl Fleet {
    fn start() -> Self {
        let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
        let redis = Redis::shared().expect("Redis");
        let shared = config(&redis);
        let settings = vec![
            setting("DATABASE__URL", postgres.url()),
            setting("REDIS__URL", &shared.url),
            setting("REDIS__PREFIX", &shared.prefix),
            setting("ROLES", "api,realtime"),
        ];
        let one = Host::with_bot(settings, Some((LONG, &questionnaire(TURNS))));
        Self {
            other: one.beside(),
            worker: one.worker_beside(),
            one,
            _postgres: postgres,
            _redis: redis,
            shared,
        }
    }

    fn urls(&self) -> [String; 2] {
        [self.one.url(), self.other.url()]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_conversations_go_from_host_to_host() {
    let fleet = Fleet::start();
    let urls = fleet.urls();
    let alone = talk_to(LONG, TURNS, &urls[..1]).await;
    assert_eq!(alone.len(), TURNS + 1);
    let began = Instant::now();
    let talks = join_all((0..CONVERSATIONS).map(|_| talk_to(LONG, TURNS, &urls))).await;
    for said in &talks {
        assert_eq!(said, &alone);
    }
    let turns = CONVERSATIONS * (TURNS + 1);
    eprintln!(
        "{turns} turns on alternating hosts in {:?}",
        began.elapsed()
    );
    let store = fleet.one.store().await;
    let stored = store.reader().results();
    let stored = stored.count(&workspace(), &long(&store).await).await;
    assert_eq!(
        stored.expect("results can be counted"),
        1 + CONVERSATIONS as u64
    );
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_at_one_host_gets_what_was_posted_to_the_other() {
    let fleet = Fleet::start();
    let bot = fleet.one.publish("waiting", &waiting_bot());
    let token = fleet.one.run(&["token", "create", "Test"]);
    let (one, other) = (fleet.one.server(), fleet.other.server());
    let started = one.start_chat("waiting").await;
    assert_eq!(started.status, 200, "{}", started.body);
    let (session, result) = (started.text("/sessionId"), started.text("/resultId"));
    let room = format!("/parties/main/{result}/webhooks");
    // It stays open over both messages.
    let mut page = Page::open(fleet.other.address(), &room).await;
    for (block, city) in [("b_first", "Lisbon"), ("b_second", "Porto")] {
        let path = format!("/api/v1/typebots/{bot}/blocks/{block}/results/{result}/executeWebhook");
        let url = format!("{}{path}", fleet.one.url());
        let mut request: Request<Body> = posting(&url, json!({"city": city}).to_string());
        let shown = format!("Bearer {}", token.trim());
        let shown = shown.parse().expect("it can stand in a header");
        request.headers_mut().insert("authorization", shown);
        let told = one.send(request).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let message = page.text().await;
        assert_eq!(message, format!(r#"{{"data":{{"city":"{city}"}}}}"#));
        let replied = other.say(session, &message).await;
        assert_eq!(replied.status, 200, "{}", replied.body);
    }
}

/// The bot of long conversations.
async fn long(store: &Store) -> BotId {
    let bots = store.reader().bots().page(&workspace(), None, 10).await;
    let bots = bots.expect("bots can be read").into_iter();
    let mut named = bots.filter(|bot| bot.public_id == LONG);
    named.next().expect("it is there").id
}

async fn next(heard: &mut Subscription) -> Event {
    let next = tokio::time::timeout(PATIENCE, heard.next()).await;
    next.expect("it is heard in time")
}

/// Waits until a job has ended.
async fn ended(host: &Host, id: &JobId) -> Job {
    let store = host.store().await;
    let mut again = tokio::time::interval(Duration::from_millis(20));
    let looking = async {
        loop {
            again.tick().await;
            let job = store.reader().job_queue().find(id).await;
            let job = job.expect("jobs can be read").expect("the job is there");
            if job.finished_at.is_some() {
                break job;
            }
        }
    };
    let job = tokio::time::timeout(PATIENCE, looking).await;
    store.close().await;
    job.expect("the job ends in time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_host_asks_for_is_done_by_the_worker() {
    let fleet = Fleet::start();
    let urls = fleet.urls();
    join_all((0..3).map(|_| talk_to(LONG, TURNS, &urls))).await;
    let store = fleet.one.store().await;
    let export = ExportResults {
        bot: long(&store).await,
        format: ExportFormat::Csv,
    };
    let job = new_job(&export, &Clock::system(), &Entropy::system());
    let id = job.id.clone();
    // As a host hears it whose page shows how the export gets on.
    let redis = talkloom_server::redis::Redis::open(&fleet.shared).expect("an address is set");
    let bus = Bus::new(Some(&redis));
    let mut heard = bus.subscribe(&Topic::Job(id.clone()));
    assert_eq!(next(&mut heard).await, Event::Lagged, "Redis knows of it");
    let tx = store.begin().await.expect("a transaction");
    let now_ms = Clock::system().now_ms();
    let added = tx.jobs().add(Some(&workspace()), &[job], now_ms).await;
    added.expect("the job is added");
    tx.commit().await.expect("it commits");
    store.close().await;

    let job = ended(&fleet.one, &id).await;
    assert_eq!(job.state, state::DONE, "{job:?}");
    let whose = format!("{}-", fleet.worker.server().id());
    let worker = job.worker.as_deref().unwrap_or_default();
    assert!(worker.starts_with(&whose), "{whose}: {job:?}");
    let settled = async {
        loop {
            if let Event::Message(told) = next(&mut heard).await {
                let told: Value = serde_json::from_slice(&told).expect("it is JSON");
                assert_eq!(told["id"], id.as_str());
                if told["change"] == "settled" {
                    break told["state"].clone();
                }
            }
        }
    };
    assert_eq!(settled.await, json!(state::DONE));
    let made = job.result.as_deref().unwrap_or_default();
    assert!(made.contains("\"results\":3"), "{made}");
    let lines = std::fs::read_dir(
        fleet
            .worker
            .data()
            .join("files/private/workspaces/wdefault/exports"),
    );
    assert_eq!(lines.expect("the worker keeps it").count(), 1);
}
