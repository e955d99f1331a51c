//! The tests' kinds of jobs. An effect is a row under the job's id.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use talkloom_server::App;
use talkloom_server::jobs::kinds::ExportResults;
use talkloom_server::jobs::{Job, JobContext, JobError, Registry, new_job};
use talkloom_store::repository::NewJob;

use crate::setting::effects_file;

pub fn add(registry: Registry) -> Registry {
    registry
        .with::<Effect>()
        .with::<Panics>()
        .with::<Overflows>()
        .with::<Forever>()
        .with::<Fails>()
        .with::<Patient>()
        .with::<ExportResults>()
}

/// Leaves a row under its id, after some work.
#[derive(Debug, Serialize, Deserialize)]
pub struct Effect {
    pub work_ms: u64,
}

#[async_trait]
impl Job for Effect {
    const KIND: &'static str = "test.effect";

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        if self.work_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.work_ms)).await;
        }
        effect(&ctx.app.config.data, ctx.id.as_str()).await;
        Ok(())
    }
}

/// Breaks off.
#[derive(Debug, Serialize, Deserialize)]
pub struct Panics {}

#[async_trait]
impl Job for Panics {
    const KIND: &'static str = "test.panics";
    const MAX_FAILURES: u32 = 1;

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        panic!("as the test wants it");
    }
}

/// Uses up the stack, which ends the process.
#[derive(Debug, Serialize, Deserialize)]
pub struct Overflows {}

#[async_trait]
impl Job for Overflows {
    const KIND: &'static str = "test.overflows";

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        Err(JobError::permanent(deep(0)))
    }
}

fn deep(level: u64) -> u64 {
    let filled = std::hint::black_box([level; 512]);
    if level == u64::MAX {
        return 0;
    }
    deep(level + 1).wrapping_add(filled[level as usize % 512])
}

/// Never ends.
#[derive(Debug, Serialize, Deserialize)]
pub struct Forever {}

#[async_trait]
impl Job for Forever {
    const KIND: &'static str = "test.forever";
    const TIME_LIMIT: Duration = Duration::from_millis(200);
    const MAX_FAILURES: u32 = 1;

    async fn run(&self, _: &JobContext) -> Result<(), JobError> {
        loop {
            tokio::task::yield_now().await;
        }
    }
}

/// Fails so many times, then leaves its row.
#[derive(Debug, Serialize, Deserialize)]
pub struct Fails {
    pub times: i64,
}

#[async_trait]
impl Job for Fails {
    const KIND: &'static str = "test.fails";

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        if ctx.failures < self.times {
            return Err(JobError::Retry {
                reason: "Not yet.".to_owned(),
                after: Some(Duration::ZERO),
            });
        }
        effect(&ctx.app.config.data, ctx.id.as_str()).await;
        Ok(())
    }
}

/// Gets on until it is stopped.
#[derive(Debug, Serialize, Deserialize)]
pub struct Patient {}

#[async_trait]
impl Job for Patient {
    const KIND: &'static str = "test.patient";

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        effect(&ctx.app.config.data, ctx.id.as_str()).await;
        ctx.progress(40, "Waiting for the end");
        loop {
            ctx.check()?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

pub fn job<J: Job>(app: &App, job: &J) -> NewJob {
    new_job(job, &app.clock, &app.entropy)
}

pub fn effects(app: &App, count: usize, work_ms: u64) -> Vec<NewJob> {
    (0..count).map(|_| job(app, &Effect { work_ms })).collect()
}

async fn pool(folder: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(effects_file(folder))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(30));
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.expect("the effects open");
    let table = "CREATE TABLE IF NOT EXISTS effects (job TEXT PRIMARY KEY, runs INTEGER NOT NULL)";
    sqlx::query(table).execute(&pool).await.expect("a table");
    pool
}

async fn effect(folder: &Path, id: &str) {
    static POOL: tokio::sync::OnceCell<SqlitePool> = tokio::sync::OnceCell::const_new();
    let pool = POOL.get_or_init(|| pool(folder)).await;
    let insert = "INSERT INTO effects (job, runs) VALUES (?, 1) \
                  ON CONFLICT (job) DO UPDATE SET runs = runs + 1";
    let done = sqlx::query(insert).bind(id).execute(pool).await;
    done.expect("the effect is written");
}

/// How often each job had its effect.
pub async fn seen(folder: &Path) -> BTreeMap<String, i64> {
    let pool = pool(folder).await;
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT job, runs FROM effects")
        .fetch_all(&pool)
        .await
        .expect("the effects can be read");
    pool.close().await;
    rows.into_iter().collect()
}
