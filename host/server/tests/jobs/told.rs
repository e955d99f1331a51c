//! How jobs fare is told: over the bus, and in figures.

use axum::body::Body;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use talkloom_server::bus::{Event, Subscription, Topic};
use talkloom_server::jobs::{JobChange, JobEvent};
use talkloom_server::metrics;
use talkloom_store::Repositories;
use talkloom_store::repository::{NewJob, state};
use tokio::net::TcpListener;

use crate::kinds::{self, Effect, Fails, Panics, Patient, job};
use crate::setting::{PATIENCE, Setting, add, awaited, quick, until, until_all, work};

async fn next(subscription: &mut Subscription) -> Event {
    let next = tokio::time::timeout(PATIENCE, subscription.next()).await;
    next.expect("something is told")
}

/// What is told until the job settles.
async fn changes(subscription: &mut Subscription) -> Vec<JobEvent> {
    let mut told = Vec::new();
    loop {
        let Event::Message(message) = next(subscription).await else {
            continue;
        };
        let event: JobEvent = serde_json::from_slice(&message).expect("an event");
        let is_last = matches!(event.change, JobChange::Settled { .. });
        told.push(event);
        if is_last {
            return told;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_told_to_other_processes() {
    let setting = Setting::new("redis");
    let (here, elsewhere) = (setting.app().await, setting.app().await);
    let patient = job(&here, &Patient {});
    let mut of_job = here.bus.subscribe(&Topic::Job(patient.id.clone()));
    let mut of_all = here.bus.subscribe(&Topic::Jobs(None));
    for subscription in [&mut of_job, &mut of_all] {
        assert_eq!(next(subscription).await, Event::Lagged, "it is connected");
    }
    let worker = work(&elsewhere, quick()).await;
    add(&here, std::slice::from_ref(&patient)).await;
    until_all(&here, state::RUNNING, 1).await;
    awaited("its progress is stored", async || {
        let stored = crate::setting::find(&here, &patient.id).await;
        (stored.progress == 40).then_some(())
    })
    .await;
    let tx = here.store.begin().await.unwrap();
    let now_ms = here.clock.now_ms();
    let stopped = tx.jobs().cancel(None, &patient.id, now_ms).await;
    assert!(stopped.unwrap());
    tx.commit().await.unwrap();
    let told = changes(&mut of_job).await;
    let expected = [
        JobChange::Started,
        JobChange::Progress {
            percent: 40,
            note: Some("Waiting for the end".to_owned()),
        },
        JobChange::Settled {
            state: state::CANCELLED.to_owned(),
        },
    ];
    let expected = expected.map(|change| JobEvent {
        id: patient.id.clone(),
        workspace_id: None,
        kind: "test.patient".to_owned(),
        change,
    });
    assert_eq!(told, expected);
    assert_eq!(changes(&mut of_all).await, expected);
    worker.stop().await;
}

/// The figures as Prometheus gets them.
async fn figures(address: &str) -> prometheus_parse::Scrape {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let address = format!("http://{address}/metrics").parse().unwrap();
    let answer = client.get(address).await.unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    let lines = std::str::from_utf8(&text).unwrap().lines();
    prometheus_parse::Scrape::parse(lines.map(|line| Ok(line.to_owned()))).unwrap()
}

fn value(scrape: &prometheus_parse::Scrape, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    use prometheus_parse::Value;
    let fits = |sample: &&prometheus_parse::Sample| {
        let mut labels = labels.iter();
        sample.metric == name
            && labels.all(|(label, value)| sample.labels.get(label) == Some(*value))
    };
    match scrape.samples.iter().find(fits)?.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => Some(value),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_counted() {
    let installed = metrics::install().unwrap();
    let setting = Setting::new("sqlite");
    let app = setting.app().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = tokio::spawn(metrics::serve(listener, app.clone(), installed));
    let worker = work(&app, quick()).await;
    let tx = app.store.begin().await.unwrap();
    let now_ms = app.clock.now_ms();
    let undone = kinds::effects(&app, 7, 0);
    assert_eq!(tx.jobs().add(None, &undone, now_ms).await.unwrap().len(), 7);
    drop(tx);
    add(&app, &kinds::effects(&app, 5, 0)).await;
    let unknown = NewJob {
        kind: "of.tomorrow".into(),
        ..job(&app, &Effect { work_ms: 0 })
    };
    let others = [
        job(&app, &Fails { times: 2 }),
        job(&app, &Panics {}),
        unknown,
    ];
    add(&app, &others).await;
    until(&app, "all ended", |counts| {
        counts.get(state::DONE) == Some(&6) && counts.get(state::DEAD) == Some(&2)
    })
    .await;
    // An outcome is counted just after it is stored.
    let scrape = awaited("all are counted", async || {
        let scrape = figures(&address).await;
        let failed = [("kind", "other"), ("state", "failed")];
        let retried = [("kind", "test.fails"), ("state", "done")];
        let counted =
            |labels: &[(&str, &str)]| value(&scrape, "talkloom_jobs_total", labels).is_some();
        (counted(&failed) && counted(&retried)).then_some(scrape)
    })
    .await;
    for (kind, state, count) in [
        ("test.effect", "enqueued", 5.0),
        ("test.effect", "started", 5.0),
        ("test.effect", "done", 5.0),
        ("test.fails", "enqueued", 1.0),
        ("test.fails", "started", 3.0),
        ("test.fails", "retried", 2.0),
        ("test.fails", "done", 1.0),
        ("test.panics", "failed", 1.0),
        ("other", "failed", 1.0),
    ] {
        let labels = [("kind", kind), ("state", state)];
        let counted = value(&scrape, "talkloom_jobs_total", &labels);
        assert_eq!(counted, Some(count), "{kind} {state}");
    }
    let ran = "talkloom_job_duration_seconds_count";
    let fails = value(&scrape, ran, &[("kind", "test.fails")]);
    assert!(fails.is_none_or(|count| count == 3.0), "{fails:?}");

    // More than there are slots: the rest wait.
    let many: Vec<_> = (0..20).map(|_| job(&app, &Patient {})).collect();
    add(&app, &many).await;
    until_all(&app, state::RUNNING, setting.place.concurrency).await;
    awaited("twelve wait", async || {
        let scrape = figures(&address).await;
        let waiting = |kind| value(&scrape, "talkloom_jobs_waiting", &[("kind", kind)]);
        let none = waiting("test.effect") == Some(0.0);
        (waiting("test.patient") == Some(12.0) && none).then_some(())
    })
    .await;
    serving.abort();
    // Those that run would be waited for.
    drop(worker);
}
