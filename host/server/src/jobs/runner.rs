//! Runs one job under its lease: its time limit, its panics, its cancelling, its outcome.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use talkloom_store::repository::{Outcome, Taken, Verdict, state};
use talkloom_store::{JobId, Repositories};
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::context::Live;
use super::ledger::Ledger;
use super::{JobChange, JobContext, JobError, JobEvent, Registry, Timing, Tools, backoff};
use crate::App;
use crate::metrics::{self, JobState};

/// Runs the jobs of one process.
pub(super) struct Runner {
    pub(super) app: App,
    pub(super) registry: Registry,
    pub(super) tools: Arc<Tools>,
    pub(super) ledger: Ledger,
    pub(super) timing: Timing,
    /// Jobs that may still begin at the same time.
    pub(super) slots: Semaphore,
    pub(super) running: Mutex<BTreeMap<JobId, Arc<Live>>>,
    pub(super) tasks: TaskTracker,
    /// A slot became free.
    pub(super) freed: Notify,
    /// No job begins any more.
    pub(super) closing: CancellationToken,
    /// Jobs that still run are given back.
    pub(super) giving_up: CancellationToken,
}

/// How long an outcome is tried to be written before it is left to the lease to run out.
const WRITES: u32 = 6;
/// How long a job that was stopped from outside may take to be gone.
const FAREWELL: Duration = Duration::from_secs(1);

impl Runner {
    /// Runs a job that was handed over, to its end; another worker may have it, then nothing
    /// happens. Whoever waits here may go away: the job runs on.
    pub(super) async fn run(self: &Arc<Self>, id: JobId) {
        let this = Arc::clone(self);
        // An error is a panic of ours or the runtime's end; the lease runs out then.
        let _ = self
            .tasks
            .spawn(async move { this.attempt(id).await })
            .await;
    }

    async fn attempt(&self, id: JobId) {
        let Ok(slot) = self.slots.acquire().await else {
            return;
        };
        if !self.closing.is_cancelled()
            && let Some(taken) = self.ledger.take(id).await
        {
            self.work(taken).await;
        }
        drop(slot);
        self.freed.notify_one();
    }

    async fn work(&self, taken: Taken) {
        let live = Live::of(&taken);
        self.lock().insert(taken.id.clone(), Arc::clone(&live));
        let kind = self.registry.name(&taken.kind);
        metrics::job(kind, JobState::Started);
        self.tell(&taken.id, &live, JobChange::Started);
        let began = Instant::now();
        let outcome = self.outcome(&taken, &live).await;
        metrics::job_ran(kind, began.elapsed());
        self.lock().remove(&taken.id);
        if let Some(outcome) = outcome {
            self.settle(&taken, &live, outcome).await;
        }
    }

    /// Runs the job; nothing where its lease is lost, because another worker has it.
    async fn outcome(&self, taken: &Taken, live: &Arc<Live>) -> Option<Outcome> {
        let Some(kind) = self.registry.get(&taken.kind) else {
            let kind = &taken.kind;
            return Some(Outcome::Dead(format!(
                "No worker of this release knows jobs of the kind “{kind}”. Update, then retry it."
            )));
        };
        let ctx = JobContext {
            app: self.app.clone(),
            tools: Arc::clone(&self.tools),
            id: taken.id.clone(),
            workspace_id: taken.workspace_id.clone(),
            failures: taken.failures,
            created_at: taken.created_at,
            live: Arc::clone(live),
        };
        let limit = kind.time_limit();
        let payload = taken.payload.clone();
        let mut task = tokio::spawn(async move { kind.run(&payload, &ctx).await });
        tokio::select! {
            done = &mut task => Some(self.judge(taken, live, done)),
            () = tokio::time::sleep(limit) => Some(self.too_long(taken, task, limit).await),
            () = self.cancelled(live) => { stop(task).await; Some(Outcome::Cancelled) }
            () = live.lost.cancelled() => { stop(task).await; None }
            () = self.giving_up.cancelled() => { stop(task).await; Some(self.given_back()) }
        }
    }

    /// Returns where a job that was asked to stop did not.
    async fn cancelled(&self, live: &Live) {
        live.cancel.cancelled().await;
        tokio::time::sleep(self.timing.cancel_grace).await;
    }

    fn given_back(&self) -> Outcome {
        let (run_at, error) = (self.app.clock.now_ms(), None);
        Outcome::Again { run_at, error }
    }

    fn judge(
        &self,
        taken: &Taken,
        live: &Live,
        done: Result<Result<(), JobError>, JoinError>,
    ) -> Outcome {
        match done {
            Ok(Ok(())) => Outcome::Done(live.take_result()),
            Ok(Err(JobError::Permanent(reason))) => Outcome::Dead(reason),
            Ok(Err(JobError::Cancelled)) => Outcome::Cancelled,
            Ok(Err(JobError::PutOff(wait))) => Outcome::Again {
                run_at: self.in_the_future(wait),
                error: None,
            },
            Ok(Err(JobError::Retry { reason, after })) => self.failed(taken, reason, after),
            Err(broken) => self.failed(taken, panic_text(broken), None),
        }
    }

    async fn too_long(
        &self,
        taken: &Taken,
        task: JoinHandle<Result<(), JobError>>,
        limit: Duration,
    ) -> Outcome {
        let limit = limit.as_secs_f32();
        if stop(task).await {
            let reason = format!("It took longer than {limit} seconds.");
            return self.failed(taken, reason, None);
        }
        // It holds a thread: trying again would cost another.
        Outcome::Dead(format!(
            "It took longer than {limit} seconds and could not be stopped."
        ))
    }

    fn failed(&self, taken: &Taken, reason: String, after: Option<Duration>) -> Outcome {
        if taken.failures + 1 >= taken.max_failures {
            return Outcome::Dead(reason);
        }
        let wait = after.unwrap_or_else(|| backoff::after(taken.failures, &self.app.entropy));
        Outcome::Again {
            run_at: self.in_the_future(wait),
            error: Some(reason),
        }
    }

    fn in_the_future(&self, wait: Duration) -> i64 {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.app.clock.now_ms().saturating_add(wait)
    }

    async fn settle(&self, taken: &Taken, live: &Live, outcome: Outcome) {
        let (id, kind) = (&taken.id, taken.kind.as_str());
        let (told, counted) = standing(&outcome);
        match &outcome {
            Outcome::Dead(error) => tracing::warn!(job = %id, kind, error, "a job failed for good"),
            Outcome::Again {
                error: Some(error), ..
            } => tracing::info!(job = %id, kind, error, "a job failed and is tried again"),
            _ => tracing::debug!(job = %id, kind, told, "a job was run"),
        }
        let verdict = Verdict {
            id: taken.id.clone(),
            attempt: taken.attempt,
            outcome,
        };
        let mut wait = Duration::from_millis(100);
        for _ in 0..WRITES {
            match self.ledger.settle(verdict.clone()).await {
                Ok(true) => {
                    if let Some(counted) = counted {
                        metrics::job(self.registry.name(kind), counted);
                    }
                    let state = told.to_owned();
                    return self.tell(id, live, JobChange::Settled { state });
                }
                Ok(false) => {
                    tracing::warn!(job = %id, kind, "a job's lease was lost: its outcome is refused");
                    return;
                }
                Err(_) => tokio::time::sleep(wait).await,
            }
            wait *= 2;
        }
        tracing::error!(job = %id, kind, "a job's outcome could not be written: it will run again");
    }

    pub(super) fn tell(&self, id: &JobId, live: &Live, change: JobChange) {
        let event = JobEvent {
            id: id.clone(),
            workspace_id: live.workspace_id.clone(),
            kind: live.kind.clone(),
            change,
        };
        event.publish(&self.app.bus);
    }

    /// Renews the leases of what runs and hears who wants it stopped, until the last job ended.
    pub(super) async fn keep_leases(&self) {
        let mut told = BTreeMap::new();
        loop {
            tokio::time::sleep(self.timing.heartbeat).await;
            let running = self.lock().clone();
            told.retain(|id, _| running.contains_key(id));
            if let Err(error) = self.beat(&running, &mut told).await {
                tracing::warn!(%error, "leases of jobs could not be renewed");
            }
        }
    }

    async fn beat(
        &self,
        running: &BTreeMap<JobId, Arc<Live>>,
        told: &mut BTreeMap<JobId, (i64, Option<String>)>,
    ) -> Result<(), talkloom_store::StoreError> {
        if running.is_empty() {
            return Ok(());
        }
        let beats: Vec<_> = running.iter().map(|(id, live)| live.beat(id)).collect();
        let until = self.app.clock.now_ms() + self.timing.lease_ms();
        let tx = self.app.store.begin().await?;
        let pulses = tx.job_queue().beat(&beats, until).await?;
        tx.commit().await?;
        let held: BTreeMap<_, _> = pulses
            .into_iter()
            .map(|pulse| (pulse.id, pulse.cancel_requested))
            .collect();
        for beat in beats {
            let Some(live) = running.get(&beat.id) else {
                continue;
            };
            match held.get(&beat.id) {
                Some(true) => live.cancel.cancel(),
                Some(false) => {}
                // What ended in between is no longer in the list of what runs.
                None if self.still_runs(&beat.id, live) => live.lost.cancel(),
                None => {}
            }
            let (percent, note) = (beat.progress, beat.note);
            let progress = (percent, note.clone());
            if progress != (0, None) && told.get(&beat.id) != Some(&progress) {
                self.tell(&beat.id, live, JobChange::Progress { percent, note });
                told.insert(beat.id, progress);
            }
        }
        Ok(())
    }

    fn still_runs(&self, id: &JobId, live: &Arc<Live>) -> bool {
        let running = self.lock();
        running.get(id).is_some_and(|now| Arc::ptr_eq(now, live))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, Arc<Live>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a job stands after its outcome, and what it counts as; one that was put off, as nothing.
fn standing(outcome: &Outcome) -> (&'static str, Option<JobState>) {
    match outcome {
        Outcome::Done(_) => (state::DONE, Some(JobState::Done)),
        Outcome::Again { error, .. } => (state::WAITING, error.as_ref().map(|_| JobState::Retried)),
        Outcome::Dead(_) => (state::DEAD, Some(JobState::Failed)),
        Outcome::Cancelled => (state::CANCELLED, Some(JobState::Cancelled)),
    }
}

/// Stops a job from outside; whether it is gone.
async fn stop(task: JoinHandle<Result<(), JobError>>) -> bool {
    task.abort();
    tokio::time::timeout(FAREWELL, task).await.is_ok()
}

fn panic_text(broken: JoinError) -> String {
    let Ok(panic) = broken.try_into_panic() else {
        return "It was stopped.".to_owned();
    };
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("It broke off: {}", text.unwrap_or_default())
}
