//! Webhooks are delivered to receivers that behave in every way there is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use standardwebhooks::Webhook;
use talkloom_server::jobs::kinds::DeliverWebhook;
use talkloom_server::webhooks::{Desk, EventKind, NewWebhook};
use talkloom_server::{App, Clock};
use talkloom_store::repository::{NewJob, state};
use talkloom_store::{EndpointId, Job, JobId, Repositories, WebhookEndpoint, WorkspaceId};

use crate::receiver::Receiver;
use crate::setting::{NOW_MS, Setting, add_for, awaited, find, list, until};

/// Seconds to wait after each failure, as documented.
const SCHEDULE: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const BODY: &str = r#"{"type":"result.completed"}"#;

async fn app(clock: &Clock, receiver: &Receiver) -> (Setting, App) {
    let setting = Setting::new("sqlite");
    let allowed = receiver.address.clone();
    let app = setting.app_with(clock, |config| config.egress.allow = vec![allowed]);
    let app = app.await;
    (setting, app)
}

/// Nothing is tried a second time, and signatures are of today.
fn standing_still() -> Clock {
    Clock::manual(Clock::system().now_ms())
}

/// An endpoint, and what its deliveries are signed with.
async fn endpoint(app: &App, url: &str, contact: Option<&str>) -> (EndpointId, String) {
    let desk = Desk {
        store: &app.store,
        vault: &app.vault,
        clock: &app.clock,
        entropy: &app.entropy,
    };
    let new = NewWebhook {
        url: url.to_owned(),
        events: EventKind::ALL.to_vec(),
        bot: None,
        contact: contact.map(str::to_owned),
    };
    let added = desk.add(&WorkspaceId::default(), &new).await.unwrap();
    (added.id, added.secret.into_exposed())
}

fn delivery(app: &App, endpoint: &EndpointId) -> NewJob {
    let job = DeliverWebhook {
        endpoint: endpoint.clone(),
        body: BODY.to_owned(),
    };
    job.new_job(&app.clock, &app.entropy)
}

async fn deliver(app: &App, endpoint: &EndpointId) -> JobId {
    let job = delivery(app, endpoint);
    add_for(app, std::slice::from_ref(&job)).await;
    job.id
}

/// The job once so many attempts were made.
async fn tried(app: &App, id: &JobId, attempts: i64) -> Job {
    awaited("an attempt", async || {
        let job = find(app, id).await;
        (job.attempt >= attempts
            && [state::WAITING, state::DONE, state::DEAD].contains(&&*job.state))
        .then_some(job)
    })
    .await
}

async fn row(app: &App, id: &EndpointId) -> WebhookEndpoint {
    let endpoints = app.store.reader().webhook_endpoints();
    let found = endpoints.find(&WorkspaceId::default(), id).await.unwrap();
    found.expect("the endpoint is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_2xx_is_a_delivery() {
    let receiver = Receiver::start().await;
    let (setting, app) = app(&standing_still(), &receiver).await;
    let worker = setting.first_party_worker(&app).await;
    let statuses = [
        100, 101, 102, 103, 200, 201, 202, 204, 206, 226, 300, 301, 302, 303, 304, 307, 308, 400,
        401, 403, 404, 405, 408, 409, 411, 413, 418, 422, 425, 429, 451, 500, 501, 502, 503, 504,
        505, 508, 511, 599,
    ];
    let (mut jobs, mut secrets) = (BTreeMap::new(), BTreeMap::new());
    for status in statuses {
        let path = format!("/{status}");
        let (endpoint, secret) = endpoint(&app, &receiver.url(&path), None).await;
        jobs.insert(status, deliver(&app, &endpoint).await);
        secrets.insert(path, secret);
    }
    for (status, id) in &jobs {
        let job = tried(&app, id, 1).await;
        if (200..300).contains(status) {
            assert_eq!(job.state, state::DONE, "{status}: {job:?}");
            continue;
        }
        let stands = (job.state.as_str(), job.failures);
        assert_eq!(stands, (state::WAITING, 1), "{status}: {job:?}");
        if *status >= 300 {
            let told = job.error.unwrap();
            assert_eq!(told, format!("It answered with status {status}."));
        }
    }
    let got = receiver.got();
    assert_eq!(got.len(), statuses.len(), "redirects are not followed");
    for (path, headers, body) in &got {
        let key = Webhook::new(&secrets[path]).unwrap();
        key.verify(body, headers).expect("the signature fits");
        assert_eq!(body, BODY.as_bytes());
        let id = headers["webhook-id"].to_str().unwrap();
        assert!(jobs.values().any(|job| job.as_str() == id), "{id}");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_that_misbehave_are_tried_again() {
    let receiver = Receiver::start().await;
    let (setting, app) = app(&standing_still(), &receiver).await;
    let worker = setting.first_party_worker(&app).await;
    let flooding = endpoint(&app, &receiver.url("/flood"), None).await.0;
    let flooded = deliver(&app, &flooding).await;
    let mut jobs = BTreeMap::new();
    for (url, told) in [
        (receiver.url("/hang"), "15 s"),
        (receiver.url("/drip"), "15 s"),
        (receiver.url("/reset"), ""),
        ("http://127.0.0.1:1/".to_owned(), "127.0.0.1"),
        ("http://nowhere.invalid/".to_owned(), "nowhere.invalid"),
        // It speaks no TLS.
        (format!("https://{}/200", receiver.address), ""),
    ] {
        let endpoint = endpoint(&app, &url, None).await.0;
        jobs.insert(url, (deliver(&app, &endpoint).await, told));
    }
    let flooded = tried(&app, &flooded, 1).await;
    assert_eq!(
        flooded.state,
        state::DONE,
        "the body is not read: {flooded:?}"
    );
    for (url, (id, told)) in jobs {
        let job = tried(&app, &id, 1).await;
        let stands = (job.state.as_str(), job.failures);
        assert_eq!(stands, (state::WAITING, 1), "{url}: {job:?}");
        let error = job.error.unwrap();
        assert!(error.contains(told), "{url}: {error}");
        let waits = job.run_at - app.clock.now_ms();
        assert!(waits <= 5_500, "{url}: {waits} ms");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_asks_for_counts_within_bounds() {
    let receiver = Receiver::start().await;
    let (setting, app) = app(&Clock::manual(NOW_MS), &receiver).await;
    let worker = setting.first_party_worker(&app).await;
    for (asked, least, most) in [
        ("503/0", 4_500, 5_500),
        ("429/120", 120_000, 120_000),
        ("503/99999999", 86_400_000, 86_400_000),
        ("502/soon", 4_500, 5_500),
        ("504/-5", 4_500, 5_500),
    ] {
        let endpoint = endpoint(&app, &receiver.url(&format!("/{asked}")), None)
            .await
            .0;
        let job = deliver(&app, &endpoint).await;
        let job = tried(&app, &job, 1).await;
        let waits = job.run_at - NOW_MS;
        assert!((least..=most).contains(&waits), "{asked}: {waits} ms");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_is_kept_to_its_end() {
    let receiver = Receiver::start().await;
    let clock = Clock::manual(NOW_MS);
    let (setting, app) = app(&clock, &receiver).await;
    let worker = setting.first_party_worker(&app).await;
    let (failing, _) = endpoint(&app, &receiver.url("/500"), None).await;
    let id = deliver(&app, &failing).await;
    for (attempts, seconds) in (1..).zip(SCHEDULE) {
        let job = tried(&app, &id, attempts).await;
        assert_eq!((job.attempt, job.failures), (attempts, attempts), "{job:?}");
        let waits = job.run_at - clock.now_ms();
        let bounds = seconds * 900..=seconds * 1_100;
        assert!(bounds.contains(&waits), "after {attempts}: {waits} ms");
        // Not a moment early.
        clock.advance(waits);
    }
    let last = tried(&app, &id, 10).await;
    assert_eq!((last.state.as_str(), last.failures), (state::DEAD, 10));
    assert_eq!(receiver.got().len(), 10);
    assert_eq!(row(&app, &failing).await.disabled_at, None, "three days");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_gone_or_fails_for_days_is_disabled_once() {
    let receiver = Receiver::start().await;
    let clock = Clock::manual(NOW_MS);
    let (setting, app) = app(&clock, &receiver).await;
    let worker = setting.first_party_worker(&app).await;
    let ada = Some("ada@example.com");
    let (gone, _) = endpoint(&app, &receiver.url("/410"), ada).await;
    let job = deliver(&app, &gone).await;
    assert_eq!(tried(&app, &job, 1).await.state, state::DEAD);
    let (failing, _) = endpoint(&app, &receiver.url("/500"), ada).await;
    let mut several = Vec::new();
    for _ in 0..3 {
        several.push(deliver(&app, &failing).await);
    }
    for id in &several {
        assert_eq!(tried(&app, id, 1).await.state, state::WAITING);
    }
    clock.advance(5 * 86_400_000 + 1);
    until(&app, "given up", |counts| {
        [state::WAITING, state::HELD, state::HANDED, state::RUNNING]
            .iter()
            .all(|state| counts.get(*state).is_none())
    })
    .await;
    for id in several.iter().chain([&deliver(&app, &gone).await]) {
        let after = tried(&app, id, 1).await;
        assert_eq!(after.state, state::DEAD, "{after:?}");
    }
    for id in [&gone, &failing] {
        assert!(row(&app, id).await.disabled_at.is_some());
    }
    let mails = list(&app).await;
    let mails: Vec<_> = mails.iter().filter(|job| job.kind == "email").collect();
    assert_eq!(mails.len(), 2, "one for each endpoint");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_endpoint_with_a_backlog_delays_no_other() {
    let receiver = Receiver::start().await;
    let (setting, app) = app(&Clock::system(), &receiver).await;
    let (dead, _) = endpoint(&app, &receiver.url("/hang"), None).await;
    let backlog: Vec<_> = (0..20_000).map(|_| delivery(&app, &dead)).collect();
    add_for(&app, &backlog).await;
    let (alive, _) = endpoint(&app, &receiver.url("/200"), None).await;
    let others: Vec<_> = (0..50).map(|_| delivery(&app, &alive)).collect();
    add_for(&app, &others).await;
    let worker = setting.first_party_worker(&app).await;
    let began = Instant::now();
    until(&app, "the others are delivered", |counts| {
        counts.get(state::DONE) == Some(&50)
    })
    .await;
    let took = began.elapsed();
    println!("50 deliveries beside 20,000 that hang: {took:?}");
    // None of those that hang was given up by then.
    assert!(took < Duration::from_secs(15), "{took:?}");
    let hanging = receiver.got();
    let hanging = hanging.iter().filter(|(path, ..)| path == "/hang").count();
    assert!(hanging <= 3, "{hanging}");
    // The worker's end waits for those under way, which hang.
    drop(worker);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_sealed_and_outlives_a_change_of_keys() {
    let receiver = Receiver::start().await;
    let (setting, app) = app(&Clock::system(), &receiver).await;
    let (id, secret) = endpoint(&app, &receiver.url("/200"), None).await;
    let before = row(&app, &id).await;
    assert!(!before.sealed_secret.contains(&secret[6..]));
    let rotated = app.vault.rotate(true).await.unwrap();
    assert_eq!((rotated.resealed, rotated.deleted), (1, 1), "{rotated:?}");
    let after = row(&app, &id).await;
    assert_ne!(after.data_key_id, before.data_key_id);
    let opened = app.vault.open_endpoint(&before).await.unwrap();
    assert!(
        opened.is(&secret),
        "whoever read the row before reads it anew"
    );
    // Sealed for its place: it opens in no other.
    let (other, _) = endpoint(&app, &receiver.url("/200"), None).await;
    let moved = WebhookEndpoint { id: other, ..after };
    assert!(app.vault.open_endpoint(&moved).await.is_err());

    let worker = setting.first_party_worker(&app).await;
    let job = deliver(&app, &id).await;
    assert_eq!(tried(&app, &job, 1).await.state, state::DONE);
    let (_, headers, body) = receiver.got().remove(0);
    let key = Webhook::new(&secret).unwrap();
    key.verify(&body, &headers).expect("the signature fits");
    worker.stop().await;
}
