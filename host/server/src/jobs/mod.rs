//! Work that is done beside the conversations.
//!
//! The table `jobs` is the truth: a transaction that wants work done adds a row, and the job exists
//! if and only if that transaction commits. A relay brings due rows to apalis, which hands them to
//! the workers of all processes; a worker leases the row, runs the job, and writes what came of it
//! where its lease still holds. So a job runs at least once, and its outcome counts once.

mod backoff;
mod context;
mod events;
mod handover;
mod job;
pub mod kinds;
mod ledger;
pub mod mail;
mod registry;
mod relay;
mod runner;
mod schedule;
mod tools;
mod worker;

use anyhow::Result;

pub use context::JobContext;
pub use events::{JobChange, JobEvent};
pub use job::{Job, JobError, new_job};
pub use registry::Registry;
pub use schedule::tick_once;
pub use tools::Tools;
pub use worker::{Timing, Worker, WorkerOptions};

use crate::App;
use crate::config::Role;

/// Starts the worker where this process is one.
pub async fn start(app: &App) -> Result<Option<Worker>> {
    if !app.config.roles.contains(&Role::Worker) {
        return Ok(None);
    }
    Worker::start(app, WorkerOptions::default()).await.map(Some)
}

/// Stops the worker where this process is one.
pub async fn stop(worker: Option<Worker>) {
    if let Some(worker) = worker {
        worker.stop().await;
    }
}

/// Every kind of job that comes with the server.
pub fn first_party() -> Registry {
    Registry::default()
        .with::<kinds::Cleanup>()
        .with::<kinds::CompileBlock>()
        .with::<kinds::DeliverWebhook>()
        .with::<kinds::Email>()
        .with::<kinds::ExportResults>()
}
