//! What a job sees while it runs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use talkloom_store::repository::{Beat, Taken};
use talkloom_store::{JobId, WorkspaceId};
use tokio_util::sync::CancellationToken;

use super::{JobError, Tools};
use crate::App;

/// What a job sees while it runs. Cheap to clone.
#[derive(Clone)]
pub struct JobContext {
    /// The server.
    pub app: App,
    /// What several kinds of jobs use.
    pub tools: Arc<Tools>,
    /// The job: the same at each attempt.
    pub id: JobId,
    /// The owner; none: the installation's own.
    pub workspace_id: Option<WorkspaceId>,
    /// How often it failed before.
    pub failures: i64,
    /// When it was asked for: milliseconds since 1970, UTC.
    pub created_at: i64,
    pub(super) live: Arc<Live>,
}

/// What is shared between a running job and its lease.
pub(super) struct Live {
    pub(super) attempt: i64,
    pub(super) kind: String,
    pub(super) workspace_id: Option<WorkspaceId>,
    progress: AtomicI64,
    note: Mutex<Option<String>>,
    result: Mutex<Option<String>>,
    /// Someone asked to stop it.
    pub(super) cancel: CancellationToken,
    /// Another worker has it by now.
    pub(super) lost: CancellationToken,
}

impl Live {
    pub(super) fn of(taken: &Taken) -> Arc<Self> {
        Arc::new(Self {
            attempt: taken.attempt,
            kind: taken.kind.clone(),
            workspace_id: taken.workspace_id.clone(),
            progress: AtomicI64::new(0),
            note: Mutex::new(None),
            result: Mutex::new(None),
            cancel: CancellationToken::new(),
            lost: CancellationToken::new(),
        })
    }

    pub(super) fn beat(&self, id: &JobId) -> Beat {
        Beat {
            id: id.clone(),
            attempt: self.attempt,
            progress: self.progress.load(Ordering::Relaxed),
            note: lock(&self.note).clone(),
        }
    }

    pub(super) fn take_result(&self) -> Option<String> {
        lock(&self.result).take()
    }
}

impl JobContext {
    /// Says how far it is, in percent, and what is being done.
    pub fn progress(&self, percent: u8, note: &str) {
        let percent = i64::from(percent.min(100));
        self.live.progress.store(percent, Ordering::Relaxed);
        *lock(&self.live.note) = Some(note.to_owned());
    }

    /// Keeps what came of it, for whoever asked.
    pub fn set_result(&self, result: &serde_json::Value) {
        *lock(&self.live.result) = Some(result.to_string());
    }

    /// Ends the job where someone asked to; long ones ask now and then.
    pub fn check(&self) -> Result<(), JobError> {
        if self.live.cancel.is_cancelled() || self.live.lost.is_cancelled() {
            return Err(JobError::Cancelled);
        }
        Ok(())
    }

    /// The owner, of a kind that always has one.
    pub fn workspace(&self) -> Result<&WorkspaceId, JobError> {
        let missing = || JobError::permanent("The job belongs to no workspace.");
        self.workspace_id.as_ref().ok_or_else(missing)
    }
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
