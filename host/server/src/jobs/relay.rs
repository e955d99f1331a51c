//! Brings due jobs from the store to the workers: after a commit of this process, when PostgreSQL
//! tells of another's, when a slot becomes free, and every second in any case.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;
use talkloom_store::repository::{Claimed, Lost, state};
use talkloom_store::{Repositories, StoreError};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::handover::Handover;
use super::registry::UNKNOWN;
use super::runner::Runner;
use super::{JobChange, JobEvent};
use crate::metrics::{self, JobState};

/// Brings due jobs to the workers.
pub(super) struct Relay {
    pub(super) runner: Arc<Runner>,
    pub(super) handover: Arc<dyn Handover>,
    /// This process's name as a worker.
    pub(super) name: String,
    pub(super) concurrency: usize,
    /// Something was handed over.
    pub(super) pushed: Arc<Notify>,
    /// Another process added jobs.
    pub(super) notified: Arc<Notify>,
}

/// Jobs that are taken back, or woken, in one step.
const BATCH: usize = 100;
/// How often it is looked for lanes that stand still.
const LANES_EVERY: Duration = Duration::from_secs(5);
/// How often used tickets are deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

impl Relay {
    /// Runs until asked to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let poll = self.runner.timing.poll;
        let mut next_poll = Instant::now();
        let (mut next_lanes, mut next_sweep) = (next_poll, next_poll + SWEEP_EVERY);
        // Whether something due may be left that there was no room for.
        let mut left = false;
        loop {
            let is_poll = tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(next_poll) => true,
                () = self.runner.app.store.jobs_added() => false,
                () = self.notified.notified() => false,
                () = self.runner.freed.notified(), if left => false,
            };
            if is_poll {
                next_poll = Instant::now() + poll;
                self.told(self.tidy().await);
                if Instant::now() >= next_lanes {
                    next_lanes = Instant::now() + LANES_EVERY;
                    self.told(self.wake_lanes().await);
                    self.told(self.count_waiting().await);
                }
                if Instant::now() >= next_sweep {
                    next_sweep = Instant::now() + SWEEP_EVERY;
                    if let Err(error) = self.handover.sweep().await {
                        tracing::debug!(%error, "used tickets could not be deleted");
                    }
                }
            }
            left = self.told(self.hand_over().await).unwrap_or(true);
        }
    }

    fn told<T>(&self, done: Result<T, StoreError>) -> Option<T> {
        done.inspect_err(|error| tracing::warn!(%error, "due jobs could not be looked for"))
            .ok()
    }

    /// Hands over what is due and there is room for; whether something may be left.
    pub(super) async fn hand_over(&self) -> Result<bool, StoreError> {
        loop {
            let now_ms = self.runner.app.clock.now_ms();
            let free = self.runner.slots.available_permits();
            let tx = self.runner.app.store.begin().await?;
            let untaken = tx.job_queue().untaken(&self.name).await?;
            let room = self.room(free, usize::try_from(untaken).unwrap_or_default());
            if room == 0 {
                return Ok(true);
            }
            let (jobs, more) = tx.job_queue().claim(&self.name, room, now_ms).await?;
            tx.commit().await?;
            self.push(&jobs, now_ms).await;
            // Those that were held made no use of their room.
            if !more || jobs.len() == room {
                return Ok(more);
            }
        }
    }

    /// A few more than there are free slots, so that none stands idle; not many, so that what comes
    /// later and is more urgent does not stand behind them.
    fn room(&self, free: usize, untaken: usize) -> usize {
        (free + self.concurrency.div_ceil(2)).saturating_sub(untaken)
    }

    /// Takes back what died, and hands over again what nobody took.
    async fn tidy(&self) -> Result<(), StoreError> {
        let timing = self.runner.timing;
        let now_ms = self.runner.app.clock.now_ms();
        let tx = self.runner.app.store.begin().await?;
        let lost = tx.job_queue();
        let lost = lost.reap(timing.max_crashes, BATCH, now_ms).await?;
        // Where every slot is busy a ticket waits with good reason.
        let free = self.runner.slots.available_permits();
        let since = now_ms - timing.patience_ms();
        let queue = tx.job_queue();
        let again = queue.claim_untaken(&self.name, since, free, now_ms).await?;
        tx.commit().await?;
        for job in lost {
            self.tell_lost(job);
        }
        if !again.is_empty() {
            tracing::info!(
                jobs = again.len(),
                "jobs that nobody took are handed over again"
            );
            self.push(&again, now_ms).await;
        }
        Ok(())
    }

    fn tell_lost(&self, job: Lost) {
        let Lost {
            id, kind, state, ..
        } = job;
        tracing::warn!(job = %id, kind, state, "a job's worker died or stood still");
        let counted = match state.as_str() {
            state::DEAD => JobState::Failed,
            state::CANCELLED => JobState::Cancelled,
            _ => JobState::Retried,
        };
        metrics::job(self.runner.registry.name(&kind), counted);
        let event = JobEvent {
            id,
            workspace_id: job.workspace_id,
            kind,
            change: JobChange::Settled { state },
        };
        event.publish(&self.runner.app.bus);
    }

    /// Notes for the figures how many jobs of each kind wait.
    async fn count_waiting(&self) -> Result<(), StoreError> {
        if !metrics::is_counting() {
            return Ok(());
        }
        let registry = &self.runner.registry;
        let now_ms = self.runner.app.clock.now_ms();
        let queue = self.runner.app.store.reader().job_queue();
        // A kind of which none waits has a figure too.
        let known = registry.kinds().chain([UNKNOWN]);
        let mut waiting: BTreeMap<_, u64> = known.map(|kind| (kind, 0)).collect();
        for (kind, count) in queue.waiting(now_ms).await? {
            *waiting.entry(registry.name(&kind)).or_default() += count;
        }
        for (kind, count) in waiting {
            metrics::jobs_waiting(kind, count);
        }
        Ok(())
    }

    async fn wake_lanes(&self) -> Result<(), StoreError> {
        let tx = self.runner.app.store.begin().await?;
        tx.job_queue().wake_lanes().await?;
        tx.commit().await
    }

    async fn push(&self, jobs: &[Claimed], now_ms: i64) {
        if jobs.is_empty() {
            return;
        }
        match self.handover.push(jobs, now_ms).await {
            Ok(()) => self.pushed.notify_one(),
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "jobs could not be handed over: they run in this process"
                );
                self.run_here(jobs);
            }
        }
    }

    fn run_here(&self, jobs: &[Claimed]) {
        for job in jobs {
            let (runner, id) = (Arc::clone(&self.runner), job.id.clone());
            // It runs under its own supervision.
            tokio::spawn(async move { runner.run(id).await });
        }
    }
}

/// Hears when any process adds jobs, as PostgreSQL tells it; polling covers what is missed.
pub(super) async fn listen(url: String, notified: Arc<Notify>) {
    let mut wait = Duration::from_millis(200);
    loop {
        if let Ok(mut listener) = PgListener::connect(&url).await
            && listener.listen("talkloom_jobs").await.is_ok()
        {
            wait = Duration::from_millis(200);
            while listener.recv().await.is_ok() {
                notified.notify_one();
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(10));
    }
}
