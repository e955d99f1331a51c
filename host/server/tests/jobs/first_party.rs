//! The kinds that come with the server: webhooks against servers that misbehave, an export, and the
//! payloads of this release.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use standardwebhooks::Webhook;
use talkloom_server::jobs::kinds::{
    Cleanup, CompileBlock, DeliverWebhook, Email, ExportFormat, ExportResults,
};
use talkloom_server::jobs::{Worker, WorkerOptions};
use talkloom_server::{App, Clock, Config};
use talkloom_store::repository::{NewEndpoint, state};
use talkloom_store::{BotId, EndpointId, Job, JobId, Repositories, WorkspaceId};

use crate::setting::{find, of_config, quick, until};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a misbehaving server saw.
type Seen = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A server that answers `/STATUS` with that status.
async fn server(seen: Seen) -> String {
    let routes = Router::new().route(
        "/{status}",
        post(
            move |axum::extract::Path(status): axum::extract::Path<u16>,
                  headers: HeaderMap,
                  body: Bytes| async move {
                seen.lock().expect("not poisoned").push((headers, body));
                let answer = Response::builder().status(status);
                answer
                    .header("location", "http://127.0.0.1:9/")
                    .header("retry-after", "600")
                    .body(Body::empty())
                    .expect("an answer")
            },
        ),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

/// A server that closes every connection at once.
async fn resetting() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(connection);
        }
    });
    address
}

async fn app_with(allow: Vec<String>, clock: Clock) -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        data: folder.path().to_owned(),
        ..Config::default()
    };
    config.egress.allow = allow;
    (of_config(config, clock).await, folder)
}

async fn worker(app: &App) -> Worker {
    let options = WorkerOptions {
        timing: quick(),
        schedules: false,
        ..WorkerOptions::default()
    };
    Worker::start(app, options).await.unwrap()
}

async fn endpoint(app: &App, url: &str, contact: Option<&str>) -> EndpointId {
    let now = app.clock.now_ms();
    let id = app.entropy.with(|random| EndpointId::draw(now, random));
    let new = NewEndpoint {
        id: id.clone(),
        url: url.to_owned(),
        secret: SECRET.to_owned(),
        contact: contact.map(str::to_owned),
    };
    let tx = app.store.begin().await.unwrap();
    let endpoints = tx.webhook_endpoints();
    endpoints
        .add(&WorkspaceId::default(), new, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn deliver(app: &App, endpoint: &EndpointId) -> JobId {
    let job = DeliverWebhook {
        endpoint: endpoint.clone(),
        body: r#"{"type":"result.completed"}"#.to_owned(),
    };
    let job = job.new_job(&app.clock, &app.entropy);
    let id = job.id.clone();
    let tx = app.store.begin().await.unwrap();
    let workspace = WorkspaceId::default();
    let added = tx
        .jobs()
        .add(Some(&workspace), &[job], app.clock.now_ms())
        .await;
    added.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The job once an attempt was made.
async fn tried(app: &App, id: &JobId) -> Job {
    let began = std::time::Instant::now();
    loop {
        let job = find(app, id).await;
        if job.attempt > 0 && job.state != state::RUNNING {
            return job;
        }
        assert!(began.elapsed() < crate::setting::PATIENCE, "{job:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_2xx_is_a_delivery() {
    let seen = Seen::default();
    let (server, resetting) = (server(Arc::clone(&seen)).await, resetting().await);
    let (app, _folder) = app_with(vec![server.clone(), resetting.clone()], Clock::system()).await;
    let worker = worker(&app).await;
    let mut jobs = BTreeMap::new();
    for status in [200, 204, 301, 302, 307, 400, 404, 429, 500, 503] {
        let endpoint = endpoint(&app, &format!("http://{server}/{status}"), None).await;
        jobs.insert(status, deliver(&app, &endpoint).await);
    }
    for (status, id) in &jobs {
        let job = tried(&app, id).await;
        if *status < 300 {
            assert_eq!(job.state, state::DONE, "{status}");
            continue;
        }
        assert_eq!(
            (job.state.as_str(), job.failures),
            (state::WAITING, 1),
            "{status}"
        );
        let waits = job.run_at - app.clock.now_ms();
        assert!(
            (590_000..=600_000).contains(&waits),
            "{status} waits {waits} ms"
        );
        let told = job.error.unwrap();
        assert_eq!(told, format!("It answered with status {status}."));
    }
    let seen: Vec<_> = seen.lock().unwrap().drain(..).collect();
    assert_eq!(seen.len(), jobs.len(), "redirects are not followed");
    let key = Webhook::new(SECRET).unwrap();
    for (headers, body) in &seen {
        key.verify(body, headers).expect("the signature fits");
    }

    let reset = endpoint(&app, &format!("http://{resetting}/"), None).await;
    let job = tried(&app, &deliver(&app, &reset).await).await;
    assert_eq!((job.state.as_str(), job.failures), (state::WAITING, 1));
    let waits = job.run_at - app.clock.now_ms();
    assert!((3_000..=5_500).contains(&waits), "{waits} ms");

    let private = endpoint(&app, "http://127.0.0.1:1/", None).await;
    let job = tried(&app, &deliver(&app, &private).await).await;
    assert_eq!(job.failures, 1, "{job:?}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_gone_or_fails_for_days_is_disabled_once() {
    let server = server(Seen::default()).await;
    let clock = Clock::manual(1_767_225_600_000);
    let (app, _folder) = app_with(vec![server.clone()], clock.clone()).await;
    let worker = worker(&app).await;
    let gone = endpoint(
        &app,
        &format!("http://{server}/410"),
        Some("ada@example.com"),
    )
    .await;
    let job = tried(&app, &deliver(&app, &gone).await).await;
    assert_eq!(job.state, state::DEAD);
    let failing = endpoint(
        &app,
        &format!("http://{server}/500"),
        Some("ada@example.com"),
    )
    .await;
    let first = tried(&app, &deliver(&app, &failing).await).await;
    assert_eq!(first.state, state::WAITING);
    clock.advance(5 * 86_400_000 + 1);
    until(&app, "given up", |counts| {
        counts.get(state::WAITING).is_none()
            && counts.get(state::RUNNING).is_none()
            && counts.get(state::HANDED).is_none()
    })
    .await;
    let after = find(&app, &first.id).await;
    assert_eq!(after.state, state::DEAD, "{after:?}");

    let endpoints = app.store.reader().webhook_endpoints();
    for id in [&gone, &failing] {
        let found = endpoints.find(&WorkspaceId::default(), id).await.unwrap();
        assert!(found.unwrap().disabled_at.is_some());
    }
    let mails = crate::setting::list(&app).await;
    let mails: Vec<_> = mails.iter().filter(|job| job.kind == "email").collect();
    assert_eq!(mails.len(), 2, "one for each endpoint");
    // No mail server is configured here, which is said where the operator looks.
    assert!(mails.iter().all(|job| {
        job.error
            .as_deref()
            .is_some_and(|told| told.contains("mail.smtp_url"))
    }));
    worker.stop().await;
}

/// What jobs of this release are stored as: a later one has to read it.
#[test]
fn payloads_stay_readable() {
    fn holds<J: talkloom_server::jobs::Job + PartialEq + std::fmt::Debug>(stored: &str, job: &J) {
        let read: J = serde_json::from_str(stored).expect(J::KIND);
        assert_eq!(&read, job, "{}", J::KIND);
        assert_eq!(serde_json::to_string(job).unwrap(), stored, "{}", J::KIND);
    }
    holds(r#""expiry""#, &Cleanup::Expiry);
    holds(r#""retention""#, &Cleanup::Retention);
    holds(r#""jobs""#, &Cleanup::Jobs);
    holds(
        r#"{"digest":"00ff"}"#,
        &CompileBlock {
            digest: "00ff".into(),
        },
    );
    let endpoint = EndpointId("c1".into());
    let body = "{}".to_owned();
    holds(
        r#"{"endpoint":"c1","body":"{}"}"#,
        &DeliverWebhook { endpoint, body },
    );
    let email = Email {
        to: "ada@example.com".into(),
        subject: "Hello".into(),
        text: "Hi".into(),
        html: None,
    };
    holds(
        r#"{"to":"ada@example.com","subject":"Hello","text":"Hi"}"#,
        &email,
    );
    let export = ExportResults {
        bot: BotId("c2".into()),
        format: ExportFormat::Csv,
    };
    holds(r#"{"bot":"c2","format":"csv"}"#, &export);
}
