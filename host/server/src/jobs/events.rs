//! Tells over the bus how jobs fare, from whichever process runs them.

use serde::{Deserialize, Serialize};
use talkloom_store::{JobId, WorkspaceId};

use crate::bus::{Bus, Topic};

/// How a job fares. It may be told twice, and is not told where a process dies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobEvent {
    /// The job.
    pub id: JobId,
    /// The owner; none: the installation's own.
    pub workspace_id: Option<WorkspaceId>,
    /// What it does.
    pub kind: String,
    /// What happened.
    #[serde(flatten)]
    pub change: JobChange,
}

/// What happened to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "change")]
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
    /// It ended, or waits to be tried again.
    Settled {
        /// Where it stands now: one of [`state`](talkloom_store::repository::state).
        state: String,
    },
}

impl JobEvent {
    /// Tells those who follow this job, and those who follow its owner's.
    pub fn publish(&self, bus: &Bus) {
        bus.publish_json(&Topic::Job(self.id.clone()), self);
        bus.publish_json(&Topic::Jobs(self.workspace_id.clone()), self);
    }
}
