//! The kinds of jobs that a worker knows.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Job, JobContext, JobError};

/// The kinds of jobs that a worker knows.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn Kind>>);

/// One kind of job, whatever its type.
#[async_trait]
pub(super) trait Kind: Send + Sync {
    fn time_limit(&self) -> Duration;
    async fn run(&self, payload: &str, ctx: &JobContext) -> Result<(), JobError>;
}

/// What figures call kinds that this release does not know.
pub(super) const UNKNOWN: &str = "other";

struct Of<J>(PhantomData<fn() -> J>);

#[async_trait]
impl<J: Job> Kind for Of<J> {
    fn time_limit(&self) -> Duration {
        J::TIME_LIMIT
    }

    async fn run(&self, payload: &str, ctx: &JobContext) -> Result<(), JobError> {
        let job: J = serde_json::from_str(payload).map_err(|error| {
            JobError::Permanent(format!(
                "What is stored of this job cannot be read by this release: {error}."
            ))
        })?;
        job.run(ctx).await
    }
}

impl Registry {
    /// Adds a kind.
    #[must_use]
    pub fn with<J: Job>(mut self) -> Self {
        self.0.insert(J::KIND, Arc::new(Of::<J>(PhantomData)));
        self
    }

    /// The kinds' names in order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.keys().copied()
    }

    /// The kind's name as it was registered; one name for all that are not, so that figures have
    /// few labels.
    pub(super) fn name(&self, kind: &str) -> &'static str {
        let known = self.0.get_key_value(kind);
        known.map_or(UNKNOWN, |(name, _)| name)
    }

    pub(super) fn get(&self, kind: &str) -> Option<Arc<dyn Kind>> {
        self.0.get(kind).cloned()
    }
}
