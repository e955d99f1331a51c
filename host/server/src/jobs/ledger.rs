//! Takes leases and writes outcomes, many in one transaction.
//!
//! What waits at the same time shares a commit, which is most of a small job's price.

use std::collections::{HashMap, HashSet};

use talkloom_store::repository::{Taken, Verdict};
use talkloom_store::{JobId, Repositories, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::Timing;
use crate::Clock;

/// Takes leases and writes outcomes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ledger(mpsc::Sender<Entry>);

enum Entry {
    Take(JobId, oneshot::Sender<Option<Taken>>),
    Settle(Verdict, oneshot::Sender<Result<bool, Unwritten>>),
}

/// The database did not take it.
#[derive(Debug)]
pub(super) struct Unwritten;

/// Entries that may wait.
const QUEUE: usize = 1024;
/// Entries that share one transaction at most.
const SHARED: usize = 256;

impl Ledger {
    /// Starts the writing task, which ends when the last sender is gone.
    pub(super) fn start(store: Store, clock: Clock, worker: String, timing: Timing) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = Writer {
            store,
            clock,
            worker,
            timing,
        };
        tokio::spawn(writer.run(receiver));
        Self(sender)
    }

    /// Leases a job; none where someone else has it, or where the database cannot be reached: then
    /// it is handed over again.
    pub(super) async fn take(&self, id: JobId) -> Option<Taken> {
        let (done, answer) = oneshot::channel();
        self.0.send(Entry::Take(id, done)).await.ok()?;
        answer.await.ok()?
    }

    /// Writes what came of a job; whether its lease still held.
    pub(super) async fn settle(&self, verdict: Verdict) -> Result<bool, Unwritten> {
        let (done, answer) = oneshot::channel();
        let entry = Entry::Settle(verdict, done);
        self.0.send(entry).await.map_err(|_| Unwritten)?;
        answer.await.map_err(|_| Unwritten)?
    }
}

struct Writer {
    store: Store,
    clock: Clock,
    worker: String,
    timing: Timing,
}

struct Written {
    taken: HashMap<JobId, Taken>,
    settled: HashSet<JobId>,
}

impl Writer {
    async fn run(self, mut queue: mpsc::Receiver<Entry>) {
        let mut entries = Vec::with_capacity(SHARED);
        while queue.recv_many(&mut entries, SHARED).await > 0 {
            let written = self.write(&entries).await;
            if let Err(error) = &written {
                tracing::warn!(error = %error, "leases of jobs could not be written");
            }
            answer(entries.drain(..), written.ok());
        }
    }

    async fn write(&self, entries: &[Entry]) -> Result<Written, StoreError> {
        let (mut takes, mut verdicts, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for entry in entries {
            match entry {
                // The same job may have been handed over twice.
                Entry::Take(id, _) if seen.insert(id) => takes.push(id),
                Entry::Take(..) => {}
                Entry::Settle(verdict, _) => verdicts.push(verdict),
            }
        }
        let now_ms = self.clock.now_ms();
        let until = now_ms + self.timing.lease_ms();
        let tx = self.store.begin().await?;
        let queue = tx.job_queue();
        // First what ended: a job that is put off at once may be taken again in the same moment.
        let settled = queue.settle(&verdicts, now_ms).await?;
        let taken = queue.take(&takes, &self.worker, until, now_ms).await?;
        tx.commit().await?;
        let taken = taken.into_iter().map(|job| (job.id.clone(), job)).collect();
        Ok(Written { taken, settled })
    }
}

fn answer(entries: impl Iterator<Item = Entry>, written: Option<Written>) {
    let mut written = written;
    for entry in entries {
        // Whoever waited may be gone.
        match entry {
            Entry::Take(id, done) => {
                let taken = written.as_mut().and_then(|all| all.taken.remove(&id));
                let _ = done.send(taken);
            }
            Entry::Settle(verdict, done) => {
                let held = written
                    .as_ref()
                    .map(|all| all.settled.contains(&verdict.id));
                let _ = done.send(held.ok_or(Unwritten));
            }
        }
    }
}
