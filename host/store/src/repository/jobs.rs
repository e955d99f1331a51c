//! Work that is done beside the conversations, as those see it who ask for it.
//!
//! A job is a row of the transaction that wants it done: it exists if and only if that transaction
//! commits. The workers' side is [`JobQueue`](super::JobQueue).

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::bulk::{Bulk, plain};
use crate::entity::job;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Job, JobId, WorkspaceId};

/// Where a job stands.
pub mod state {
    /// It is due, or will be at its time.
    pub const WAITING: &str = "waiting";
    /// Others of its lane go first.
    pub const HELD: &str = "held";
    /// The workers were told.
    pub const HANDED: &str = "handed";
    /// A worker has it.
    pub const RUNNING: &str = "running";
    /// It succeeded.
    pub const DONE: &str = "done";
    /// It failed for good; `retry` wakes it.
    pub const DEAD: &str = "dead";
    /// Someone stopped it.
    pub const CANCELLED: &str = "cancelled";
}

/// Work that is done beside the conversations.
pub struct Jobs<'c> {
    pub(crate) connection: Executor<'c>,
    /// Where those that are added are noted.
    pub(crate) enqueued: Option<&'c Enqueued>,
}

/// How many jobs of each kind a transaction added; they count once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Enqueued(Mutex<BTreeMap<String, u64>>);

impl Enqueued {
    fn note<'k>(&self, kinds: impl Iterator<Item = &'k str>) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for kind in kinds {
            *noted.entry(kind.to_owned()).or_default() += 1;
        }
    }

    /// Counts them. Kinds are the names of types: there are few.
    pub(crate) fn count(self) {
        let noted = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (kind, count) in noted {
            let labels = [("kind", kind), ("state", "enqueued".to_owned())];
            metrics::counter!(crate::JOBS, &labels).increment(count);
        }
    }
}

/// How soon a job is done where several are due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// When there is nothing else to do: clean-up.
    Low,
    /// In turn.
    #[default]
    Normal,
    /// Before all others: someone waits for it.
    High,
}

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// With what, as JSON text.
    pub payload: String,
    /// How soon.
    pub priority: Priority,
    /// When: milliseconds since 1970, UTC; none: at once.
    pub run_at: Option<i64>,
    /// A kind has one job under a key: while its row is kept, another is not added.
    pub dedup_key: Option<String>,
    /// Jobs of one lane run a few at a time, so that they do not delay others.
    pub lane: Option<String>,
    /// How often it may fail before it is left alone.
    pub max_failures: u32,
}

/// Which jobs are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Where they stand.
    pub state: Option<String>,
    /// What they do.
    pub kind: Option<String>,
    /// Older than this job: the last one of the page before.
    pub before: Option<JobId>,
    /// At most so many.
    pub limit: u64,
}

const INSERT: Bulk = Bulk {
    head: "INSERT INTO jobs (id, workspace_id, kind, payload, priority, state, lane, dedup_key, \
           attempt, failures, max_failures, crashes, run_at, progress, cancel_requested, created_at)",
    columns: &plain::<16>(),
    tail: " ON CONFLICT (kind, dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING RETURNING id",
};

impl Jobs<'_> {
    /// Adds jobs of a workspace, or with none the installation's own; gives those that are new.
    pub async fn add(
        &self,
        workspace: Option<&WorkspaceId>,
        jobs: &[NewJob],
        now_ms: i64,
    ) -> Result<HashSet<JobId>> {
        let jobs: Vec<_> = jobs.iter().map(|job| (workspace, job)).collect();
        self.add_all(&jobs, now_ms).await
    }

    /// Adds jobs of several workspaces at once; gives those that are new.
    pub(crate) async fn add_all(
        &self,
        jobs: &[(Option<&WorkspaceId>, &NewJob)],
        now_ms: i64,
    ) -> Result<HashSet<JobId>> {
        let rows = jobs.iter().map(|(workspace, job)| {
            vec![
                job.id.clone().into(),
                workspace.cloned().into(),
                job.kind.clone().into(),
                job.payload.clone().into(),
                (job.priority as i64).into(),
                state::WAITING.into(),
                job.lane.clone().into(),
                job.dedup_key.clone().into(),
                0i64.into(),
                0i64.into(),
                i64::from(job.max_failures).into(),
                0i64.into(),
                job.run_at.unwrap_or(now_ms).into(),
                0i64.into(),
                false.into(),
                now_ms.into(),
            ]
        });
        let added = INSERT.query(&self.connection, rows).await;
        let added = added.during("adding jobs")?;
        let ids = added.iter().map(|row| row.try_get("", "id"));
        let ids = ids.collect::<Result<HashSet<JobId>, DbErr>>();
        let ids = ids.during("adding jobs")?;
        if let Some(enqueued) = self.enqueued {
            let new = jobs.iter().filter(|(_, job)| ids.contains(&job.id));
            enqueued.note(new.map(|(_, job)| job.kind.as_str()));
        }
        Ok(ids)
    }

    /// Finds a job of a workspace, or with none one of the installation's own.
    pub async fn find(&self, workspace: Option<&WorkspaceId>, id: &JobId) -> Result<Option<Job>> {
        job::Entity::find_by_id(id.clone())
            .filter(owned_by(workspace))
            .one(&self.connection)
            .await
            .during("reading a job")
    }

    /// Jobs of a workspace, or with none the installation's own; the newest first.
    pub async fn list(
        &self,
        workspace: Option<&WorkspaceId>,
        filter: &JobFilter,
    ) -> Result<Vec<Job>> {
        let mut found = job::Entity::find().filter(owned_by(workspace));
        if let Some(state) = &filter.state {
            found = found.filter(job::Column::State.eq(state.as_str()));
        }
        if let Some(kind) = &filter.kind {
            found = found.filter(job::Column::Kind.eq(kind.as_str()));
        }
        if let Some(before) = &filter.before {
            found = found.filter(job::Column::Id.lt(before.clone()));
        }
        let found = found.order_by_desc(job::Column::Id).limit(filter.limit);
        found.all(&self.connection).await.during("listing jobs")
    }

    /// Wakes a dead or cancelled job; whether there was one.
    pub async fn retry(
        &self,
        workspace: Option<&WorkspaceId>,
        id: &JobId,
        now_ms: i64,
    ) -> Result<bool> {
        let woken = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(state::WAITING))
            .col_expr(job::Column::RunAt, Expr::value(now_ms))
            .col_expr(job::Column::Failures, Expr::value(0i64))
            .col_expr(job::Column::Crashes, Expr::value(0i64))
            .col_expr(job::Column::Progress, Expr::value(0i64))
            .col_expr(job::Column::CancelRequested, Expr::value(false))
            .col_expr(job::Column::FinishedAt, Expr::value(None::<i64>))
            .filter(job::Column::Id.eq(id.clone()))
            .filter(owned_by(workspace))
            .filter(job::Column::State.is_in([state::DEAD, state::CANCELLED]))
            .exec(&self.connection)
            .await
            .during("waking a job")?;
        Ok(woken.rows_affected > 0)
    }

    /// Stops a job: at once where it waits; where it runs, its worker is asked to. Whether there was
    /// one that had not ended.
    pub async fn cancel(
        &self,
        workspace: Option<&WorkspaceId>,
        id: &JobId,
        now_ms: i64,
    ) -> Result<bool> {
        let waiting = [state::WAITING, state::HELD, state::HANDED];
        let stopped = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(state::CANCELLED))
            .col_expr(job::Column::FinishedAt, Expr::value(Some(now_ms)))
            .filter(job::Column::Id.eq(id.clone()))
            .filter(owned_by(workspace))
            .filter(job::Column::State.is_in(waiting))
            .exec(&self.connection)
            .await
            .during("stopping a job")?;
        if stopped.rows_affected > 0 {
            return Ok(true);
        }
        let asked = job::Entity::update_many()
            .col_expr(job::Column::CancelRequested, Expr::value(true))
            .filter(job::Column::Id.eq(id.clone()))
            .filter(owned_by(workspace))
            .filter(job::Column::State.eq(state::RUNNING))
            .exec(&self.connection)
            .await
            .during("stopping a job")?;
        Ok(asked.rows_affected > 0)
    }
}

fn owned_by(workspace: Option<&WorkspaceId>) -> sea_orm::sea_query::SimpleExpr {
    match workspace {
        Some(workspace) => job::Column::WorkspaceId.eq(workspace.clone()),
        None => job::Column::WorkspaceId.is_null(),
    }
}
