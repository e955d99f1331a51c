//! The workers' side of the jobs: all workspaces' at once, since a worker belongs to none.
//!
//! A due job is *claimed* to be handed over, *taken* under a lease by whoever gets it, and *settled*
//! with what came of it. The lease's number (`attempt`) fences: who lost its lease writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, Statement, Value,
};

use super::jobs::{JobFilter, state};
use crate::bulk::{Bulk, Cast};
use crate::entity::job;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Job, JobId, WorkspaceId};

/// The workers' side of all workspaces' jobs.
pub struct JobQueue<'c>(pub(crate) Executor<'c>);

/// A job that is to be handed over.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Claimed {
    /// The job.
    pub id: JobId,
    /// Higher goes first.
    pub priority: i64,
    /// How often it was begun.
    pub attempt: i64,
    lane: Option<String>,
}

/// A job under a lease.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Taken {
    /// The job.
    pub id: JobId,
    /// The owner; none: the installation's own.
    pub workspace_id: Option<WorkspaceId>,
    /// What is to be done.
    pub kind: String,
    /// With what, as JSON text.
    pub payload: String,
    /// The lease's number.
    pub attempt: i64,
    /// How often it failed before.
    pub failures: i64,
    /// How often it may fail.
    pub max_failures: i64,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The job.
    pub id: JobId,
    /// The lease's number.
    pub attempt: i64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded, with a result as JSON text.
    Done(Option<String>),
    /// It failed and is tried again at a time (milliseconds since 1970, UTC).
    Again {
        /// When.
        run_at: i64,
        /// Why it failed; none: it was only put off, which is no failure.
        error: Option<String>,
    },
    /// It failed for good.
    Dead(String),
    /// It was stopped because someone asked to.
    Cancelled,
}

/// A sign of life for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// The job.
    pub id: JobId,
    /// The lease's number.
    pub attempt: i64,
    /// From 0 to 100.
    pub progress: i64,
    /// What is being done.
    pub note: Option<String>,
}

/// A lease that still holds.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Pulse {
    /// The job.
    pub id: JobId,
    /// Someone asked to stop it.
    pub cancel_requested: bool,
}

/// A job whose lease ran out.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Lost {
    /// The job.
    pub id: JobId,
    /// What it does.
    pub kind: String,
    /// The owner; none: the installation's own.
    pub workspace_id: Option<WorkspaceId>,
    /// Where it stands now.
    pub state: String,
    lane: Option<String>,
}

/// How all jobs stand: figures for the operator. Times are milliseconds since 1970, UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromQueryResult)]
pub struct Standing {
    /// Jobs that are due and that nobody has begun.
    pub due: i64,
    /// Since when the first of them is due.
    pub due_since: Option<i64>,
    /// Jobs that run.
    pub running: i64,
    /// When the first of their leases ends or ended.
    pub oldest_lease: Option<i64>,
    /// Jobs that failed for good.
    pub dead: i64,
    /// When a worker last began or ended one.
    pub last_work: Option<i64>,
}

const STANDING: &str = "SELECT \
     COUNT(CASE WHEN state IN ('waiting', 'handed') AND run_at <= $1 THEN 1 END) AS due, \
     MIN(CASE WHEN state IN ('waiting', 'handed') AND run_at <= $1 THEN run_at END) AS due_since, \
     COUNT(CASE WHEN state = 'running' THEN 1 END) AS running, \
     MIN(CASE WHEN state = 'running' THEN lease_until END) AS oldest_lease, \
     COUNT(CASE WHEN state = 'dead' THEN 1 END) AS dead, \
     MAX(CASE WHEN attempt > 0 THEN COALESCE(finished_at, started_at) END) AS last_work \
     FROM jobs";

/// Jobs of one lane that run or are handed over at a time.
const LANE_WIDTH: i64 = 3;

/// The lane of jobs whose worker died: one at a time, so that the one that kills its workers is
/// found out and does not take the others with it each time.
const SUSPECTS: &str = "suspects";

const DUE: &str = "SELECT id, priority, attempt, lane FROM jobs \
     WHERE state = 'waiting' AND priority = $1 AND run_at <= $2 ORDER BY run_at, id LIMIT $3";

const HAND: Bulk = Bulk {
    head: "UPDATE jobs SET state = 'handed', worker = mine.column2, handed_at = mine.column3 FROM (",
    columns: &[Cast::Text, Cast::Text, Cast::BigInt],
    tail: ") AS mine WHERE jobs.id = mine.column1",
};

const HOLD: Bulk = Bulk {
    head: "UPDATE jobs SET state = 'held' WHERE id IN (",
    columns: &[Cast::Text],
    tail: ")",
};

/// A lane that is full is held in one go, however long its backlog.
const HOLD_LANE: &str = "UPDATE jobs SET state = 'held' WHERE id IN \
     (SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= $1 AND lane = $2 LIMIT $3";

/// Jobs of a full lane that are held in one statement, which others of the table wait for.
const HELD_AT_ONCE: i64 = 5_000;

const LANES: &str = "SELECT lane, COUNT(*) AS jobs FROM jobs \
     WHERE state IN ('handed', 'running') AND lane IS NOT NULL GROUP BY lane";

const UNTAKEN: &str = "SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'handed' AND worker = $1";

const TAKE: Bulk = Bulk {
    head: "UPDATE jobs SET state = 'running', attempt = jobs.attempt + 1, \
           lease_until = mine.column2, worker = mine.column3, \
           started_at = COALESCE(jobs.started_at, mine.column4) FROM (",
    columns: &[Cast::Text, Cast::BigInt, Cast::Text, Cast::BigInt],
    tail: ") AS mine WHERE jobs.id = mine.column1 AND jobs.state = 'handed' \
           RETURNING jobs.id AS id, workspace_id, kind, payload, attempt, failures, max_failures, \
           created_at",
};

/// A job that someone asked to stop is not tried again.
const SETTLE: Bulk = Bulk {
    head: "UPDATE jobs SET state = CASE WHEN jobs.cancel_requested AND said.column3 = 'waiting' \
           THEN 'cancelled' ELSE said.column3 END, \
           run_at = said.column4, failures = jobs.failures + said.column5, \
           error = COALESCE(said.column6, CASE WHEN said.column3 = 'done' THEN NULL ELSE jobs.error END), \
           result = said.column7, lease_until = NULL, \
           finished_at = CASE WHEN jobs.cancel_requested OR said.column3 <> 'waiting' \
           THEN said.column8 ELSE NULL END, \
           progress = CASE WHEN said.column3 = 'done' THEN 100 ELSE jobs.progress END FROM (",
    columns: &[
        Cast::Text,
        Cast::BigInt,
        Cast::Text,
        Cast::BigInt,
        Cast::BigInt,
        Cast::Text,
        Cast::Text,
        Cast::BigInt,
    ],
    tail: ") AS said WHERE jobs.id = said.column1 AND jobs.attempt = said.column2 \
           AND jobs.state = 'running' RETURNING jobs.id AS id, jobs.lane AS lane",
};

const BEAT: Bulk = Bulk {
    head: "UPDATE jobs SET lease_until = said.column3, progress = said.column4, \
           note = said.column5 FROM (",
    columns: &[
        Cast::Text,
        Cast::BigInt,
        Cast::BigInt,
        Cast::BigInt,
        Cast::Text,
    ],
    tail: ") AS said WHERE jobs.id = said.column1 AND jobs.attempt = said.column2 \
           AND jobs.state = 'running' RETURNING jobs.id AS id, jobs.cancel_requested AS cancel_requested",
};

const NEXT_OF_LANE: &str = "UPDATE jobs SET state = 'waiting' WHERE id IN \
     (SELECT id FROM jobs WHERE state = 'held' AND lane = $1 ORDER BY run_at, id LIMIT $2)";

const WAKE_LANES: &str = "UPDATE jobs SET state = 'waiting' WHERE id IN \
     (SELECT MIN(id) FROM jobs WHERE state = 'held' AND lane NOT IN \
     (SELECT lane FROM jobs WHERE state IN ('handed', 'running') AND lane IS NOT NULL) GROUP BY lane)";

const LET_GO: &str = "UPDATE jobs SET state = 'waiting' WHERE state = 'handed' AND worker = $1";

const PRUNE: &str = "DELETE FROM jobs WHERE id IN \
     (SELECT id FROM jobs WHERE finished_at < $1 LIMIT $2)";

impl JobQueue<'_> {
    /// Marks due jobs as handed over by a worker, at most so many; those of lanes that are full are
    /// held. Whether more may be due stands beside them.
    pub async fn claim(
        &self,
        worker: &str,
        limit: usize,
        now_ms: i64,
    ) -> Result<(Vec<Claimed>, bool)> {
        let mut due = Vec::new();
        for priority in [2i64, 1, 0] {
            let room = limit - due.len();
            if room > 0 {
                let values = [priority.into(), now_ms.into(), (room as i64).into()];
                due.extend(self.locked::<Claimed>(DUE, values).await?);
            }
        }
        let more = due.len() == limit;
        let (fitting, surplus) = self.within_lanes(due).await?;
        self.hand(&fitting, worker, now_ms).await?;
        self.hold(&surplus, now_ms).await?;
        Ok((fitting, more))
    }

    async fn hand(&self, jobs: &[Claimed], worker: &str, now_ms: i64) -> Result<()> {
        let rows = jobs
            .iter()
            .map(|job| vec![job.id.clone().into(), worker.into(), now_ms.into()]);
        let handed = HAND.execute(&self.0, rows).await;
        handed.during("handing jobs over")
    }

    /// Holds jobs for which their lanes have no room, and the rest of those lanes with them.
    async fn hold(&self, surplus: &[Claimed], now_ms: i64) -> Result<()> {
        let rows = surplus.iter().map(|job| vec![job.id.clone().into()]);
        HOLD.execute(&self.0, rows).await.during("holding jobs")?;
        let lanes: BTreeSet<_> = surplus.iter().filter_map(|job| job.lane.as_ref()).collect();
        let sql = format!("{HOLD_LANE}{})", self.skip_locked());
        for lane in lanes {
            let values = [now_ms.into(), lane.clone().into(), HELD_AT_ONCE.into()];
            self.execute(&sql, values).await?;
        }
        Ok(())
    }

    /// Tells those that fit into their lanes from those that do not.
    async fn within_lanes(&self, due: Vec<Claimed>) -> Result<(Vec<Claimed>, Vec<Claimed>)> {
        if due.iter().all(|job| job.lane.is_none()) {
            return Ok((due, Vec::new()));
        }
        let mut lanes = BTreeMap::new();
        for row in self.rows(LANES, []).await? {
            let entry = lane_count(&row).during("counting lanes")?;
            lanes.insert(entry.0, entry.1);
        }
        Ok(due.into_iter().partition(|job| {
            let Some(lane) = &job.lane else { return true };
            let busy = lanes.entry(lane.clone()).or_default();
            *busy += 1;
            *busy <= if lane == SUSPECTS { 1 } else { LANE_WIDTH }
        }))
    }

    /// Jobs that a worker handed over and nobody took yet.
    pub async fn untaken(&self, worker: &str) -> Result<i64> {
        let rows = self.rows(UNTAKEN, [worker.into()]).await?;
        let count = rows.first().map(|row| row.try_get("", "jobs")).transpose();
        Ok(count.during("counting jobs")?.unwrap_or_default())
    }

    /// Marks jobs as handed over once more that nobody took since a time.
    pub async fn claim_untaken(
        &self,
        worker: &str,
        since_ms: i64,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<Claimed>> {
        const UNTAKEN: &str = "SELECT id, priority, attempt, lane FROM jobs \
             WHERE state = 'handed' AND handed_at < $1 ORDER BY handed_at LIMIT $2";
        let values = [since_ms.into(), (limit as i64).into()];
        let found: Vec<Claimed> = self.locked(UNTAKEN, values).await?;
        self.hand(&found, worker, now_ms).await?;
        Ok(found)
    }

    /// Leases handed over jobs to a worker; those that someone else has or had are left out.
    pub async fn take(
        &self,
        jobs: &[&JobId],
        worker: &str,
        lease_until: i64,
        now_ms: i64,
    ) -> Result<Vec<Taken>> {
        let rows = jobs.iter().map(|id| {
            vec![
                (*id).clone().into(),
                lease_until.into(),
                worker.into(),
                now_ms.into(),
            ]
        });
        let taken = TAKE.query(&self.0, rows).await.during("leasing jobs")?;
        parse(&taken).during("leasing jobs")
    }

    /// Writes what came of jobs; gives those whose lease still held. The others stay as they are.
    pub async fn settle(&self, verdicts: &[&Verdict], now_ms: i64) -> Result<HashSet<JobId>> {
        let rows = verdicts.iter().map(|verdict| verdict.row(now_ms));
        let written = SETTLE.query(&self.0, rows).await.during("settling jobs")?;
        let mut ids = HashSet::new();
        let mut lanes: BTreeMap<String, i64> = BTreeMap::new();
        for row in &written {
            ids.insert(row.try_get("", "id").during("settling jobs")?);
            let lane: Option<String> = row.try_get("", "lane").during("settling jobs")?;
            if let Some(lane) = lane {
                *lanes.entry(lane).or_default() += 1;
            }
        }
        self.wake_next(lanes).await?;
        Ok(ids)
    }

    async fn wake_next(&self, lanes: BTreeMap<String, i64>) -> Result<()> {
        for (lane, count) in lanes {
            self.execute(NEXT_OF_LANE, [lane.into(), count.into()])
                .await?;
        }
        Ok(())
    }

    /// Renews leases and notes progress; gives those that still hold.
    pub async fn beat(&self, beats: &[Beat], lease_until: i64) -> Result<Vec<Pulse>> {
        let rows = beats.iter().map(|beat| {
            vec![
                beat.id.clone().into(),
                beat.attempt.into(),
                lease_until.into(),
                beat.progress.into(),
                beat.note.clone().into(),
            ]
        });
        let held = BEAT.query(&self.0, rows).await.during("renewing leases")?;
        parse(&held).during("renewing leases")
    }

    /// Takes back jobs whose lease ran out: they are tried again, a little later each time, until
    /// so many workers died of them.
    pub async fn reap(&self, max_crashes: i64, limit: usize, now_ms: i64) -> Result<Vec<Lost>> {
        let sql = format!(
            "UPDATE jobs SET \
             state = CASE WHEN cancel_requested THEN 'cancelled' \
             WHEN crashes + 1 >= $1 THEN 'dead' ELSE 'waiting' END, \
             finished_at = CASE WHEN cancel_requested OR crashes + 1 >= $1 THEN $2 ELSE NULL END, \
             run_at = $2 + 1000 * crashes, crashes = crashes + 1, lane = '{SUSPECTS}', \
             lease_until = NULL, \
             error = 'The worker that had it died or stood still.' \
             WHERE id IN (SELECT id FROM jobs WHERE state = 'running' AND lease_until < $2 LIMIT $3{}) \
             RETURNING id, kind, workspace_id, state, lane",
            self.skip_locked()
        );
        let values = [max_crashes.into(), now_ms.into(), (limit as i64).into()];
        let lost: Vec<Lost> = parse(&self.rows(&sql, values).await?).during("taking jobs back")?;
        let mut lanes = BTreeMap::new();
        for lane in lost.iter().filter_map(|job| job.lane.clone()) {
            *lanes.entry(lane).or_default() += 1;
        }
        self.wake_next(lanes).await?;
        Ok(lost)
    }

    /// Wakes one job of each lane that is held up although nothing of it runs.
    pub async fn wake_lanes(&self) -> Result<()> {
        self.execute(WAKE_LANES, []).await
    }

    /// Gives back what a worker handed over and nobody took.
    pub async fn let_go(&self, worker: &str) -> Result<()> {
        self.execute(LET_GO, [worker.into()]).await
    }

    /// Deletes jobs that ended before a time (milliseconds since 1970, UTC), at most so many; gives
    /// how many.
    pub async fn prune(&self, before_ms: i64, limit: u64) -> Result<u64> {
        let values = [before_ms.into(), (limit as i64).into()];
        let done = self.0.execute_raw(self.statement(PRUNE, values)).await;
        Ok(done.during("deleting old jobs")?.rows_affected())
    }

    /// Finds a job, whoever owns it.
    pub async fn find(&self, id: &JobId) -> Result<Option<Job>> {
        let found = job::Entity::find_by_id(id.clone()).one(&self.0).await;
        found.during("reading a job")
    }

    /// Jobs of everyone, for the operator; the newest first.
    pub async fn list(&self, filter: &JobFilter) -> Result<Vec<Job>> {
        use sea_orm::ColumnTrait;
        let mut found = job::Entity::find();
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
        found.all(&self.0).await.during("listing jobs")
    }

    /// How many jobs stand where: figures for the operator.
    pub async fn counts(&self) -> Result<BTreeMap<String, i64>> {
        const COUNTS: &str = "SELECT state AS lane, COUNT(*) AS jobs FROM jobs GROUP BY state";
        let rows = self.rows(COUNTS, []).await?;
        let counts = rows.iter().map(lane_count);
        counts.collect::<Result<_, DbErr>>().during("counting jobs")
    }

    /// How all jobs stand.
    pub async fn standing(&self, now_ms: i64) -> Result<Standing> {
        let rows = self.rows(STANDING, [now_ms.into()]).await?;
        let standing: Vec<Standing> = parse(&rows).during("counting jobs")?;
        Ok(standing.into_iter().next().unwrap_or_default())
    }

    /// How many jobs of each kind are due and wait.
    pub async fn waiting(&self, now_ms: i64) -> Result<BTreeMap<String, u64>> {
        // Each part has a partial index of its own; jobs that ended are most of the rows.
        const WAITING: &str = "SELECT kind AS lane, COUNT(*) AS jobs FROM (\
             SELECT kind FROM jobs WHERE state = 'waiting' AND run_at <= $1 \
             UNION ALL SELECT kind FROM jobs WHERE state = 'held' \
             UNION ALL SELECT kind FROM jobs WHERE state = 'handed' \
             AND state IN ('handed', 'running')) AS due GROUP BY kind";
        let rows = self.rows(WAITING, [now_ms.into()]).await?;
        let counts = rows.iter().map(lane_count);
        let counts = counts.map(|count| count.map(|(kind, jobs)| (kind, jobs.unsigned_abs())));
        counts.collect::<Result<_, DbErr>>().during("counting jobs")
    }

    /// Jobs of a kind that ended before a time (milliseconds since 1970, UTC), after one in the
    /// order of their ids.
    pub async fn ended(
        &self,
        kind: &str,
        before_ms: i64,
        after: Option<&JobId>,
        limit: u64,
    ) -> Result<Vec<Job>> {
        use sea_orm::ColumnTrait;
        let mut found = job::Entity::find()
            .filter(job::Column::Kind.eq(kind))
            .filter(job::Column::FinishedAt.lt(before_ms));
        if let Some(after) = after {
            found = found.filter(job::Column::Id.gt(after.clone()));
        }
        let found = found.order_by_asc(job::Column::Id).limit(limit);
        found.all(&self.0).await.during("listing jobs")
    }

    /// Rows that no one else works on; SQLite has one writer anyway.
    async fn locked<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let sql = format!("{sql}{}", self.skip_locked());
        parse(&self.rows(&sql, values).await?).during("looking for jobs")
    }

    fn skip_locked(&self) -> &'static str {
        match self.0.get_database_backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        }
    }

    async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>> {
        let statement = self.statement(sql, values);
        let rows = self.0.query_all_raw(statement).await;
        rows.during("looking for jobs")
    }

    async fn execute(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<()> {
        let done = self.0.execute_raw(self.statement(sql, values)).await;
        done.during("moving jobs on").map(drop)
    }

    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.0.get_database_backend(), sql, values)
    }
}

impl Verdict {
    fn row(&self, now_ms: i64) -> Vec<Value> {
        let (state, run_at, failures, error, result) = match &self.outcome {
            Outcome::Done(result) => (state::DONE, now_ms, 0, None, result.clone()),
            Outcome::Again { run_at, error } => (
                state::WAITING,
                *run_at,
                i64::from(error.is_some()),
                error.clone(),
                None,
            ),
            Outcome::Dead(error) => (state::DEAD, now_ms, 1, Some(error.clone()), None),
            Outcome::Cancelled => (state::CANCELLED, now_ms, 0, None, None),
        };
        vec![
            self.id.clone().into(),
            self.attempt.into(),
            state.into(),
            run_at.into(),
            failures.into(),
            error.into(),
            result.into(),
            now_ms.into(),
        ]
    }
}

fn parse<T: FromQueryResult>(rows: &[QueryResult]) -> std::result::Result<Vec<T>, DbErr> {
    rows.iter()
        .map(|row| T::from_query_result(row, ""))
        .collect()
}

fn lane_count(row: &QueryResult) -> std::result::Result<(String, i64), DbErr> {
    Ok((row.try_get("", "lane")?, row.try_get("", "jobs")?))
}
