//! Who hears how jobs fare.

use talkloom_store::{JobId, WorkspaceId};

/// How a job fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEvent {
    /// The job.
    pub id: JobId,
    /// The owner; none: the installation's own.
    pub workspace_id: Option<WorkspaceId>,
    /// What it does.
    pub kind: String,
    /// What happened.
    pub change: JobChange,
}

/// What happened to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobChange {
    /// A worker has it.
    Started,
    /// It got on.
    Progress {
        /// From 0 to 100.
        percent: i64,
        /// What is being done.
        note: Option<String>,
    },
    /// It ended, or waits to be tried again: the new state.
    Settled(&'static str),
}

/// Hears how jobs fare. What it is told may be told twice, and is lost where a process dies.
pub trait JobEvents: Send + Sync {
    /// Tells of a change; must not block.
    fn changed(&self, event: JobEvent);
}

/// Nobody listens.
pub struct Unheard;

impl JobEvents for Unheard {
    fn changed(&self, _: JobEvent) {}
}
