//! Deletes what is no longer needed, a little at a time.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use talkloom_store::Repositories;
use talkloom_store::repository::Priority;

use crate::jobs::{Job, JobContext, JobError};

/// Deletes what is no longer needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// Jobs that ended long ago.
    Jobs,
}

/// Rows that one transaction deletes: conversations that wait for the writer wait no longer.
const BATCH: u64 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[async_trait]
impl Job for Cleanup {
    const KIND: &'static str = "cleanup";
    const TIME_LIMIT: std::time::Duration = std::time::Duration::from_secs(600);
    const PRIORITY: Priority = Priority::Low;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let deleted = match self {
            Self::Jobs => jobs(ctx).await?,
        };
        tracing::info!(what = ?self, deleted, "cleaned up");
        Ok(())
    }
}

async fn jobs(ctx: &JobContext) -> Result<u64, JobError> {
    let days = ctx.app.config.jobs.keep_days;
    if days == 0 {
        return Ok(0);
    }
    let before = ctx.app.clock.now_ms() - i64::from(days) * DAY_MS;
    let mut all = 0;
    loop {
        ctx.check()?;
        let tx = ctx.app.store.begin().await?;
        let deleted = tx.job_queue().prune(before, BATCH).await?;
        tx.commit().await?;
        all += deleted;
        if deleted < BATCH {
            return Ok(all);
        }
    }
}
