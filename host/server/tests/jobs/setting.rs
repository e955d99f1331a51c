//! Where jobs are kept and handed over: each test runs in every setting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use talkloom_blocks::{Runtime, Settings};
use talkloom_server::config::JobStorage;
use talkloom_server::credentials::Vault;
use talkloom_server::jobs::{Registry, Timing, Worker, WorkerOptions};
use talkloom_server::{App, Clock, Config, Entropy};
use talkloom_store::repository::{JobFilter, NewJob};
use talkloom_store::{Database, Job, JobId, Repositories, Store, WorkspaceId};
use tempfile::TempDir;

use crate::kinds;

/// 2026-01-01T00:00:00Z, where a manual clock begins.
pub const NOW_MS: i64 = 1_767_225_600_000;

/// How long anything may take to come about on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What a process has to know to work beside another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub folder: PathBuf,
    pub database: String,
    pub redis: String,
    pub prefix: String,
    pub concurrency: usize,
}

/// A place that goes away with the test.
pub struct Setting {
    pub place: Place,
    _folder: TempDir,
    _postgres: Option<(services::Postgres, services::TestDatabase)>,
    _redis: Option<services::Redis>,
}

impl Setting {
    pub fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let postgres = (name == "postgres").then(|| {
            let server = services::Postgres::shared().expect("PostgreSQL");
            let database = server.database().expect("a database");
            (server, database)
        });
        let redis = (name == "redis").then(|| services::Redis::shared().expect("Redis"));
        let place = Place {
            folder: folder.path().to_owned(),
            database: postgres
                .as_ref()
                .map_or_else(String::new, |(_, database)| database.url().to_owned()),
            redis: redis
                .as_ref()
                .map_or_else(String::new, |redis| redis.url().to_owned()),
            prefix: format!("jobs-test-{}", Entropy::system().id()),
            concurrency: 8,
        };
        Self {
            place,
            _folder: folder,
            _postgres: postgres,
            _redis: redis,
        }
    }

    /// With a Redis of its own, which may be stopped and wiped.
    pub fn with_own_redis() -> (Self, services::Redis) {
        let mut setting = Self::new("sqlite");
        let redis = services::Redis::start().expect("Redis");
        setting.place.redis = redis.url().to_owned();
        (setting, redis)
    }

    pub async fn app(&self) -> App {
        app(&self.place, Clock::system()).await
    }

    /// The server with changed options.
    pub async fn app_with(&self, clock: &Clock, change: impl FnOnce(&mut Config)) -> App {
        let mut config = config(&self.place);
        change(&mut config);
        of_config(config, clock.clone()).await
    }

    /// A worker with the kinds that come with the server.
    pub async fn first_party_worker(&self, app: &App) -> Worker {
        let options = WorkerOptions {
            timing: quick(),
            schedules: false,
            ..WorkerOptions::default()
        };
        Worker::start(app, options)
            .await
            .expect("the worker starts")
    }
}

/// The server over a place, without blocks.
pub async fn app(place: &Place, clock: Clock) -> App {
    of_config(config(place), clock).await
}

fn config(place: &Place) -> Config {
    let mut config = Config {
        data: place.folder.clone(),
        ..Config::default()
    };
    config.database.url.clone_from(&place.database);
    config.redis.url.clone_from(&place.redis);
    config.redis.prefix.clone_from(&place.prefix);
    config.jobs.concurrency = place.concurrency;
    if !place.redis.is_empty() {
        config.jobs.storage = JobStorage::Redis;
    }
    config
}

/// The server as a configuration says.
async fn of_config(config: Config, clock: Clock) -> App {
    let database = match config.database.url.as_str() {
        "" => Database::Sqlite(config.data.join("talkloom.db")),
        url => Database::Postgres(url.to_owned()),
    };
    let store = Store::open(&database).await.expect("the database opens");
    let entropy = Entropy::system();
    let vault = Vault::open(&config, &store, &clock, &entropy).await;
    let now = clock.clone();
    let mut settings = Settings::new(Arc::new(move || now.now_ms().unsigned_abs()));
    settings.egress = config.egress.parse().expect("addresses");
    let blocks = Runtime::new(settings).expect("the sandbox starts");
    App::new(
        config,
        store,
        blocks,
        clock,
        entropy,
        vault.expect("a vault"),
    )
}

/// Short times, so that what dies is noticed soon.
pub fn quick() -> Timing {
    Timing {
        poll: Duration::from_millis(100),
        lease: Duration::from_millis(1_500),
        heartbeat: Duration::from_millis(200),
        patience: Duration::from_millis(700),
        cancel_grace: Duration::from_millis(300),
        drain: Duration::from_secs(20),
        max_crashes: 5,
    }
}

/// A worker with the tests' kinds of jobs.
pub async fn work(app: &App, timing: Timing) -> Worker {
    let options = WorkerOptions {
        registry: kinds::add(Registry::default()),
        timing,
        schedules: false,
    };
    Worker::start(app, options)
        .await
        .expect("the worker starts")
}

pub async fn add(app: &App, jobs: &[NewJob]) -> usize {
    let tx = app.store.begin().await.expect("a transaction");
    let added = tx.jobs().add(None, jobs, app.clock.now_ms()).await;
    tx.commit().await.expect("it commits");
    added.expect("jobs are added").len()
}

/// Adds jobs of the workspace.
pub async fn add_for(app: &App, jobs: &[NewJob]) {
    let workspace = WorkspaceId::default();
    let tx = app.store.begin().await.expect("a transaction");
    let added = tx
        .jobs()
        .add(Some(&workspace), jobs, app.clock.now_ms())
        .await;
    added.expect("jobs are added");
    tx.commit().await.expect("it commits");
}

pub async fn find(app: &App, id: &JobId) -> Job {
    let found = app.store.reader().job_queue().find(id).await;
    found.expect("the store answers").expect("the job is there")
}

pub async fn list(app: &App) -> Vec<Job> {
    let filter = JobFilter {
        limit: 100_000,
        ..JobFilter::default()
    };
    let found = app.store.reader().job_queue().list(&filter).await;
    found.expect("the store answers")
}

/// Asks again and again until there is an answer.
pub async fn awaited<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        // A little more than others give it, who tell more.
        let is_late = began.elapsed() > PATIENCE + Duration::from_secs(1);
        assert!(!is_late, "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until jobs stand where they should; tells where they stood last.
pub async fn until(app: &App, what: &str, done: impl Fn(&BTreeMap<String, i64>) -> bool) {
    let stood = Mutex::default();
    let asked = awaited(what, async || {
        let counts = app.store.reader().job_queue().counts().await;
        let counts = counts.expect("the store answers");
        let is_done = done(&counts);
        *stood.lock().expect("not poisoned") = counts;
        is_done.then_some(())
    });
    let asked = tokio::time::timeout(PATIENCE, asked).await;
    assert!(asked.is_ok(), "{what}: {:?}", stood.lock());
}

pub async fn until_all(app: &App, state: &str, count: usize) {
    let count = i64::try_from(count).expect("a small number");
    until(app, state, |counts| counts.get(state) == Some(&count)).await;
}

/// The file of effects in a place.
pub fn effects_file(folder: &Path) -> PathBuf {
    folder.join("effects.db")
}
