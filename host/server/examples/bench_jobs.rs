//! `cargo xtask bench jobs`: what jobs cost that do nothing.
//!
//! Three settings: SQLite, PostgreSQL, and SQLite with Redis handing over. Each measures what adding
//! one job takes (a transaction of its own), how many a second one worker does of a backlog, and how
//! soon a single job begins after its commit. The first argument is the number of jobs.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use talkloom_blocks::{Runtime, Settings};
use talkloom_server::config::JobStorage;
use talkloom_server::credentials::Vault;
use talkloom_server::jobs::{Job, JobContext, JobError, Registry, Worker, WorkerOptions, new_job};
use talkloom_server::{App, Clock, Config, Entropy};
use talkloom_store::repository::{NewJob, state};
use talkloom_store::{Database, Repositories, Store};

const JOBS: usize = 20_000;
/// Jobs that a transaction of the backlog adds.
const TOGETHER: usize = 500;
/// Single jobs whose adding and whose beginning is measured.
const SINGLE: usize = 300;
/// How long a backlog may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// When single jobs began.
static BEGAN: Mutex<Vec<Instant>> = Mutex::new(Vec::new());

/// Does nothing, or notes that it began.
#[derive(Serialize, Deserialize)]
struct Nothing {
    notes: bool,
}

#[async_trait]
impl Job for Nothing {
    const KIND: &'static str = "bench.nothing";

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        if self.notes {
            let mut began = BEGAN.lock().unwrap_or_else(PoisonError::into_inner);
            began.push(Instant::now());
        }
        Ok(())
    }
}

/// What one setting gave.
struct Measured {
    name: &'static str,
    enqueue_p95_ms: f64,
    jobs_per_s: f64,
    pickup_p50_ms: f64,
    pickup_p95_ms: f64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let jobs = match std::env::args().nth(1) {
        Some(number) => number.parse()?,
        None => JOBS,
    };
    let postgres = services::Postgres::shared()?;
    let database = postgres.database()?;
    let redis = services::Redis::shared()?;
    println!(
        "{:>12} {:>15} {:>10} {:>14} {:>14}",
        "setting", "enqueue p95 ms", "jobs/s", "pick-up p50 ms", "pick-up p95 ms"
    );
    let mut lines = Vec::new();
    for (name, database, redis) in [
        ("sqlite", "", ""),
        ("postgres", database.url(), ""),
        ("redis", "", redis.url()),
    ] {
        let measured = measure(name, database, redis, jobs).await?;
        println!(
            "{:>12} {:>15.2} {:>10.0} {:>14.2} {:>14.2}",
            measured.name,
            measured.enqueue_p95_ms,
            measured.jobs_per_s,
            measured.pickup_p50_ms,
            measured.pickup_p95_ms
        );
        lines.push(line(&measured));
    }
    println!(
        "{}",
        json!({ "bench": "jobs", "jobs": jobs, "settings": lines })
    );
    Ok(())
}

fn line(measured: &Measured) -> Value {
    json!({
        "setting": measured.name,
        "enqueue_p95_ms": measured.enqueue_p95_ms,
        "jobs_per_s": measured.jobs_per_s,
        "pickup_p50_ms": measured.pickup_p50_ms,
        "pickup_p95_ms": measured.pickup_p95_ms,
    })
}

async fn measure(name: &'static str, database: &str, redis: &str, jobs: usize) -> Result<Measured> {
    let folder = tempfile::tempdir()?;
    let mut config = Config {
        data: folder.path().to_owned(),
        ..Config::default()
    };
    database.clone_into(&mut config.database.url);
    redis.clone_into(&mut config.redis.url);
    config.redis.prefix = format!("bench-{}", Entropy::system().id());
    if !redis.is_empty() {
        config.jobs.storage = JobStorage::Redis;
    }
    let app = app(config).await?;
    let mut enqueued = Vec::with_capacity(SINGLE);
    for _ in 0..SINGLE {
        let began = Instant::now();
        add(&app, &[nothing(&app, false)]).await?;
        enqueued.push(began.elapsed());
    }
    let backlog: Vec<_> = (0..jobs).map(|_| nothing(&app, false)).collect();
    for part in backlog.chunks(TOGETHER) {
        add(&app, part).await?;
    }
    let all = SINGLE + jobs;
    let began = Instant::now();
    let worker = worker(&app).await?;
    until_done(&app, all).await?;
    let took = began.elapsed();
    let mut waited = Vec::with_capacity(SINGLE);
    for _ in 0..SINGLE {
        add(&app, &[nothing(&app, true)]).await?;
        let committed = Instant::now();
        // It may begin before its commit is known here.
        waited.push(next_began().await?.saturating_duration_since(committed));
    }
    worker.stop().await;
    app.store.close().await;
    Ok(Measured {
        name,
        enqueue_p95_ms: percentile(&mut enqueued, 95),
        jobs_per_s: all as f64 / took.as_secs_f64(),
        pickup_p50_ms: percentile(&mut waited, 50),
        pickup_p95_ms: percentile(&mut waited, 95),
    })
}

fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times[place].as_secs_f64() * 1_000.0
}

fn nothing(app: &App, notes: bool) -> NewJob {
    new_job(&Nothing { notes }, &app.clock, &app.entropy)
}

async fn add(app: &App, jobs: &[NewJob]) -> Result<()> {
    let tx = app.store.begin().await?;
    tx.jobs().add(None, jobs, app.clock.now_ms()).await?;
    Ok(tx.commit().await?)
}

async fn worker(app: &App) -> Result<Worker> {
    let options = WorkerOptions {
        registry: Registry::default().with::<Nothing>(),
        schedules: false,
        ..WorkerOptions::default()
    };
    Worker::start(app, options).await
}

async fn next_began() -> Result<Instant> {
    let began = Instant::now();
    let mut pause = tokio::time::interval(Duration::from_millis(1));
    loop {
        pause.tick().await;
        if let Some(began) = BEGAN.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(began);
        }
        ensure!(began.elapsed() < PATIENCE, "a job did not begin");
    }
}

async fn until_done(app: &App, count: usize) -> Result<()> {
    let began = Instant::now();
    let mut pause = tokio::time::interval(Duration::from_millis(20));
    loop {
        pause.tick().await;
        let counts = app.store.reader().job_queue().counts().await?;
        let done = counts.get(state::DONE).copied().unwrap_or_default();
        if usize::try_from(done)? >= count {
            return Ok(());
        }
        ensure!(
            began.elapsed() < PATIENCE,
            "the jobs were not done: {counts:?}"
        );
    }
}

async fn app(config: Config) -> Result<App> {
    let database = match config.database.url.as_str() {
        "" => Database::Sqlite(config.data.join("talkloom.db")),
        url => Database::Postgres(url.to_owned()),
    };
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let store = Store::open(&database).await?;
    let vault = Vault::open(&config, &store, &clock, &entropy).await?;
    let now = clock.clone();
    let settings = Settings::new(std::sync::Arc::new(move || now.now_ms().unsigned_abs()));
    let blocks = Runtime::new(settings)?;
    Ok(App::new(config, store, blocks, clock, entropy, vault))
}
