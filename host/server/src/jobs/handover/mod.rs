//! Hands jobs over to the workers of all processes, through apalis and the storage that the operator
//! chose.
//!
//! Only tickets go through here: a job's id and which handing over it is. The job itself stays in
//! the store, and a ticket that is lost, doubled or late does no harm: the lease decides.

mod postgres;
mod redis;
mod sqlite;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Result;
use apalis::prelude::{BoxDynError, Data, PollSnapshot, PollStrategy, Task, TaskBuilder};
use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt};
use serde::{Deserialize, Serialize};
use talkloom_store::JobId;
use talkloom_store::repository::Claimed;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::runner::Runner;
use crate::Config;
use crate::config::JobStorage;

/// What goes through apalis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ticket {
    /// The job.
    job: JobId,
}

/// A way to hand jobs over.
#[async_trait]
pub(super) trait Handover: Send + Sync {
    /// Puts jobs where the workers of every process find them.
    async fn push(&self, jobs: &[Claimed], now_ms: i64) -> Result<()>;

    /// Takes jobs and runs them until asked to stop, or until the storage fails.
    async fn work(&self, station: Station) -> Result<()>;

    /// Deletes tickets that were used.
    async fn sweep(&self) -> Result<()>;
}

/// Where a worker stands.
pub(super) struct Station {
    /// Its name, which is never used again.
    pub(super) name: String,
    /// Jobs at a time.
    pub(super) concurrency: usize,
    /// How often it looks without being woken.
    pub(super) poll: Duration,
    pub(super) runner: Arc<Runner>,
    /// Something was put there by this process.
    pub(super) pushed: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

/// Opens the storage that the operator chose.
pub(super) async fn open(config: &Config) -> Result<Arc<dyn Handover>> {
    Ok(match config.jobs.storage {
        JobStorage::Redis => Arc::new(redis::Redis::open(config).await?),
        JobStorage::Database if config.database.url.is_empty() => {
            Arc::new(sqlite::Sqlite::open(config).await?)
        }
        JobStorage::Database => Arc::new(postgres::Postgres::open(config).await?),
    })
}

/// The tickets of jobs.
fn tickets(jobs: &[Claimed], now_ms: i64) -> Vec<Task<Ticket>> {
    let ticket = |job: &Claimed| {
        let key = format!("{}:{}:{now_ms}", job.id, job.attempt);
        TaskBuilder::new(Ticket {
            job: job.id.clone(),
        })
        .idempotency_key(key)
        .priority(usize::try_from(job.priority).unwrap_or_default())
        // Trying again is the store's business.
        .max_attempts(1)
        .build()
    };
    jobs.iter().map(ticket).collect()
}

/// Whatever comes of the job is written down by the runner: for apalis the ticket is used.
async fn use_ticket(ticket: Ticket, runner: Data<Arc<Runner>>) -> Result<(), BoxDynError> {
    runner.run(ticket.job).await;
    Ok(())
}

/// Looks when this process put something there, and every now and then because of the others.
struct Wakes(BoxStream<'static, ()>);

impl Wakes {
    fn new(pushed: Arc<Notify>, poll: Duration) -> Self {
        let pushed = futures_util::stream::unfold(pushed, async |pushed| {
            pushed.notified().await;
            Some(((), pushed))
        });
        let ticks = futures_util::stream::unfold((), move |()| async move {
            tokio::time::sleep(poll).await;
            Some(((), ()))
        });
        Self(futures_util::stream::select(pushed.boxed(), ticks.boxed()).boxed())
    }
}

impl PollStrategy for Wakes {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut woken = Poll::Pending;
        // To the end, so that the next wake finds someone who waits for it.
        while let Poll::Ready(Some(())) = self.0.poll_next_unpin(cx) {
            woken = Poll::Ready(Some(()));
        }
        woken
    }
}

/// Runs an apalis worker over a storage: the same lines for types that share no name.
macro_rules! work {
    ($storage:expr, $station:expr) => {{
        use apalis::prelude::{BackendExt, WorkerBuilder, WorkerBuilderExt, WorkerError};
        let station = $station;
        let wakes = super::Wakes::new(station.pushed, station.poll);
        let worker = WorkerBuilder::new(station.name.as_str())
            .backend($storage.poll_with_strategy(wakes))
            .concurrency(station.concurrency)
            .data(station.runner)
            .build(super::use_ticket);
        let stop = async move {
            station.stop.cancelled().await;
            Ok::<(), WorkerError>(())
        };
        worker.run_until(stop).await.map_err(anyhow::Error::from)
    }};
}
use work;
