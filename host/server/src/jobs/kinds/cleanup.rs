//! Deletes what is no longer needed, a little at a time.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use talkloom_store::repository::Priority;
use talkloom_store::{Repositories, Tx, WorkspaceId};

use super::{ExportResults, file_of};
use crate::files;
use crate::jobs::{Job, JobContext, JobError};

/// Deletes what is no longer needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// Conversations that nobody goes on with, previews, keys of requests, messages that nobody
    /// took, files that belong to nothing.
    Expiry,
    /// What the operator keeps for a time: results, journals, the audit log, what blocks sent.
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
/// How long a signed request for a listener is known by its id.
const ID_DAYS: u32 = 1;

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

/// What is deleted by its age.
enum Part<'w> {
    Sessions,
    Previews,
    PreviewVersions,
    PreviewJournal,
    IdempotencyKeys,
    ListenerMessages,
    BlockValues,
    SentMails,
    WebhookEvents,
    ListenerIds,
    Journal,
    AuditLog,
    EgressLog,
    Results(&'w WorkspaceId),
    Jobs,
}

impl Part<'_> {
    /// Deletes at most a batch of what is older.
    async fn delete(&self, tx: &Tx, before_ms: i64) -> talkloom_store::Result<u64> {
        let retention = tx.retention();
        match self {
            Self::Sessions => retention.sessions(before_ms, BATCH).await,
            Self::Previews => retention.previews(before_ms, BATCH).await,
            Self::PreviewVersions => retention.preview_versions(before_ms, BATCH).await,
            Self::PreviewJournal => retention.preview_journal(before_ms, BATCH).await,
            Self::IdempotencyKeys => retention.idempotency_keys(before_ms, BATCH).await,
            Self::ListenerMessages => retention.listener_messages(before_ms, BATCH).await,
            Self::BlockValues => retention.block_values(before_ms, BATCH).await,
            Self::SentMails => retention.sent_mails(before_ms, BATCH).await,
            Self::WebhookEvents => retention.webhook_events(before_ms, BATCH).await,
            Self::ListenerIds => retention.listener_ids(before_ms, BATCH).await,
            Self::Journal => retention.journal(before_ms, BATCH).await,
            Self::AuditLog => retention.audit_log(before_ms, BATCH).await,
            Self::EgressLog => retention.egress_log(before_ms, BATCH).await,
            Self::Results(workspace) => retention.results(workspace, before_ms, BATCH).await,
            Self::Jobs => tx.job_queue().prune(before_ms, u64::from(BATCH)).await,
        }
    }
}

/// Deletes batch by batch, each in a transaction of its own, what is older than so many days; 0 days
/// are for ever.
async fn delete(ctx: &JobContext, days: u32, part: Part<'_>) -> Result<u64, JobError> {
    if days == 0 {
        return Ok(0);
    }
    let before_ms = before(ctx, days);
    let mut all = 0;
    loop {
        ctx.check()?;
        let tx = ctx.app.store.begin().await?;
        let deleted = part.delete(&tx, before_ms).await?;
        tx.commit().await?;
        all += deleted;
        if deleted < u64::from(BATCH) {
            return Ok(all);
        }
    }
}

fn before(ctx: &JobContext, days: u32) -> i64 {
    ctx.app.clock.now_ms() - i64::from(days) * DAY_MS
}

async fn expiry(ctx: &JobContext) -> Result<u64, JobError> {
    let keep = &ctx.app.config.retention;
    let mut all = 0;
    for (days, part) in [
        (keep.session_days, Part::Sessions),
        (keep.preview_days, Part::Previews),
        (keep.preview_days, Part::PreviewVersions),
        (keep.preview_days, Part::PreviewJournal),
        (KEY_DAYS, Part::IdempotencyKeys),
        (MESSAGE_DAYS, Part::ListenerMessages),
        (VALUE_DAYS, Part::BlockValues),
        (SEEN_DAYS, Part::SentMails),
        (SEEN_DAYS, Part::WebhookEvents),
        (ID_DAYS, Part::ListenerIds),
    ] {
        all += delete(ctx, days, part).await?;
    }
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
    let mut all = delete(ctx, keep.journal_days, Part::Journal).await?;
    all += delete(ctx, keep.audit_days, Part::AuditLog).await?;
    all += delete(ctx, keep.egress_days, Part::EgressLog).await?;
    for workspace in ctx.app.store.reader().workspaces().all().await? {
        all += delete(ctx, keep.result_days, Part::Results(&workspace.id)).await?;
    }
    Ok(all)
}

async fn jobs(ctx: &JobContext) -> Result<u64, JobError> {
    let days = ctx.app.config.jobs.keep_days;
    exported_files(ctx, days).await?;
    delete(ctx, days, Part::Jobs).await
}

/// The file that an export wrote goes before its job does: nothing else knows of it.
async fn exported_files(ctx: &JobContext, days: u32) -> Result<(), JobError> {
    if days == 0 {
        return Ok(());
    }
    let before_ms = before(ctx, days);
    let mut after = None;
    loop {
        ctx.check()?;
        let queue = ctx.app.store.reader().job_queue();
        let ended = queue.ended(
            ExportResults::KIND,
            before_ms,
            after.as_ref(),
            u64::from(BATCH),
        );
        let ended = ended.await?;
        for job in &ended {
            if let Some(key) = file_of(job) {
                let deleted = ctx.app.files.delete(&key).await;
                deleted.map_err(JobError::retry)?;
            }
        }
        let Some(last) = ended.last() else {
            return Ok(());
        };
        after = Some(last.id.clone());
    }
}
