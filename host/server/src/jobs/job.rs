//! What a job is: a serde struct that knows how it is done.
//!
//! A job runs at least once. Whoever writes one makes it harmless to run it again, by its id.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use talkloom_store::JobId;
use talkloom_store::repository::{NewJob, Priority};

use super::JobContext;
use crate::{Clock, Entropy};

/// Work that is done beside the conversations; its fields are what is stored of it.
#[async_trait]
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name that it is stored under. A name that is no longer used stays registered until its
    /// jobs are done.
    const KIND: &'static str;
    /// How long one attempt may take.
    const TIME_LIMIT: Duration = Duration::from_secs(60);
    /// How often it may fail before it is left alone.
    const MAX_FAILURES: u32 = 10;
    /// How soon it is done where several are due.
    const PRIORITY: Priority = Priority::Normal;

    /// Does it.
    async fn run(&self, ctx: &JobContext) -> Result<(), JobError>;
}

/// Why a job did not succeed; its author decides each time what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It is tried again: after a time, or else after one that grows with each failure.
    #[error("{reason}")]
    Retry {
        /// What happened, as a sentence.
        reason: String,
        /// After how long.
        after: Option<Duration>,
    },
    /// It is tried again after a time, which counts as no failure.
    #[error("It was put off.")]
    PutOff(Duration),
    /// Trying again would not help.
    #[error("{0}")]
    Permanent(String),
    /// It stopped because it was asked to.
    #[error("It was stopped.")]
    Cancelled,
}

impl JobError {
    /// It is tried again later.
    pub fn retry(reason: impl ToString) -> Self {
        Self::Retry {
            reason: reason.to_string(),
            after: None,
        }
    }

    /// Trying again would not help.
    pub fn permanent(reason: impl ToString) -> Self {
        Self::Permanent(reason.to_string())
    }
}

impl From<talkloom_store::StoreError> for JobError {
    fn from(error: talkloom_store::StoreError) -> Self {
        Self::retry(error)
    }
}

/// A job as a transaction stores it: due at once, without a key of its own.
pub fn new_job<J: Job>(job: &J, clock: &Clock, entropy: &Entropy) -> NewJob {
    NewJob {
        id: entropy.with(|random| JobId::draw(clock.now_ms(), random)),
        kind: J::KIND.to_owned(),
        payload: serde_json::to_string(job).expect("a job's fields are plain data"),
        priority: J::PRIORITY,
        run_at: None,
        dedup_key: None,
        lane: None,
        max_failures: J::MAX_FAILURES,
    }
}
