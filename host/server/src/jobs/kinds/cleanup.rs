//! Deletes what is no longer needed, a little at a time.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use talkloom_store::repository::Priority;
use talkloom_store::{Repositories, Tx, WorkspaceId};

use crate::files;
use crate::jobs::{Job, JobContext, JobError};

/// Deletes what is no longer needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// Conversations that nobody goes on with, previews, keys of requests, messages that nobody
    /// took, files that belong to nothing.
    Expiry,
    /// What the operator keeps for a time: results, journals, the audit log.
    Retention,
    /// Jobs that ended long ago.
    Jobs,
}

/// Rows that one transaction deletes: conversations that wait for the writer wait no longer.
const BATCH: u32 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a request that is sent again is known by its key.
const KEY_DAYS: u32 = 1;
/// How long a message waits for a conversation.
const MESSAGE_DAYS: u32 = 7;
/// How long a block's value stays after its time, which nobody sees any more.
const VALUE_DAYS: u32 = 1;
/// How long a mail's key and an outside event are known.
const SEEN_DAYS: u32 = 30;

#[async_trait]
impl Job for Cleanup {
    const KIND: &'static str = "cleanup";
    const TIME_LIMIT: Duration = Duration::from_secs(1_800);
    const PRIORITY: Priority = Priority::Low;

    async fn run(&self, ctx: &JobContext) -> Result<(), JobError> {
        let deleted = match self {
            Self::Expiry => expiry(ctx).await?,
            Self::Retention => retention(ctx).await?,
            Self::Jobs => jobs(ctx).await?,
        };
        tracing::info!(what = ?self, deleted, "cleaned up");
        Ok(())
    }
}

/// Deletes batch by batch, each in a transaction of its own, what is older than so many days; 0 days
/// are for ever.
async fn each(
    ctx: &JobContext,
    days: u32,
    batch: impl AsyncFn(&Tx, i64) -> talkloom_store::Result<u64>,
) -> Result<u64, JobError> {
    if days == 0 {
        return Ok(0);
    }
    let before_ms = ctx.app.clock.now_ms() - i64::from(days) * DAY_MS;
    let mut all = 0;
    loop {
        ctx.check()?;
        let tx = ctx.app.store.begin().await?;
        let deleted = batch(&tx, before_ms).await?;
        tx.commit().await?;
        all += deleted;
        if deleted < u64::from(BATCH) {
            return Ok(all);
        }
    }
}

async fn expiry(ctx: &JobContext) -> Result<u64, JobError> {
    let keep = &ctx.app.config.retention;
    let (sessions, previews) = (keep.session_days, keep.preview_days);
    let mut all = each(ctx, sessions, async |tx: &Tx, before| {
        tx.retention().sessions(before, BATCH).await
    })
    .await?;
    all += each(ctx, previews, async |tx: &Tx, before| {
        tx.retention().previews(before, BATCH).await
    })
    .await?;
    all += each(ctx, previews, async |tx: &Tx, before| {
        tx.retention().preview_versions(before, BATCH).await
    })
    .await?;
    all += each(ctx, previews, async |tx: &Tx, before| {
        tx.retention().preview_journal(before, BATCH).await
    })
    .await?;
    all += each(ctx, KEY_DAYS, async |tx: &Tx, before| {
        tx.retention().idempotency_keys(before, BATCH).await
    })
    .await?;
    all += each(ctx, MESSAGE_DAYS, async |tx: &Tx, before| {
        tx.retention().listener_messages(before, BATCH).await
    })
    .await?;
    all += each(ctx, VALUE_DAYS, async |tx: &Tx, before| {
        tx.retention().block_values(before, BATCH).await
    })
    .await?;
    all += each(ctx, SEEN_DAYS, async |tx: &Tx, before| {
        tx.retention().sent_mails(before, BATCH).await
    })
    .await?;
    all += each(ctx, SEEN_DAYS, async |tx: &Tx, before| {
        tx.retention().webhook_events(before, BATCH).await
    })
    .await?;
    Ok(all + stale_files(ctx).await?)
}

async fn stale_files(ctx: &JobContext) -> Result<u64, JobError> {
    let mut all = 0;
    loop {
        ctx.check()?;
        let swept = files::sweep(&ctx.app, u64::from(BATCH)).await;
        let swept = swept.map_err(JobError::retry)?;
        all += swept.deleted;
        if swept.arrived + swept.deleted < u64::from(BATCH) {
            return Ok(all);
        }
    }
}

async fn retention(ctx: &JobContext) -> Result<u64, JobError> {
    let keep = &ctx.app.config.retention;
    let mut all = each(ctx, keep.journal_days, async |tx: &Tx, before| {
        tx.retention().journal(before, BATCH).await
    })
    .await?;
    all += each(ctx, keep.audit_days, async |tx: &Tx, before| {
        tx.retention().audit_log(before, BATCH).await
    })
    .await?;
    if keep.result_days > 0 {
        for workspace in ctx.app.store.reader().workspaces().all().await? {
            all += results(ctx, &workspace.id, keep.result_days).await?;
        }
    }
    Ok(all)
}

async fn results(ctx: &JobContext, workspace: &WorkspaceId, days: u32) -> Result<u64, JobError> {
    let before_ms = ctx.app.clock.now_ms() - i64::from(days) * DAY_MS;
    let mut all = 0;
    loop {
        ctx.check()?;
        let tx = ctx.app.store.begin().await?;
        let retention = tx.retention();
        let deleted = retention.results(workspace, before_ms, BATCH).await?;
        tx.commit().await?;
        all += deleted;
        if deleted < u64::from(BATCH) {
            return Ok(all);
        }
    }
}

async fn jobs(ctx: &JobContext) -> Result<u64, JobError> {
    each(
        ctx,
        ctx.app.config.jobs.keep_days,
        async |tx: &Tx, before| tx.job_queue().prune(before, u64::from(BATCH)).await,
    )
    .await
}
