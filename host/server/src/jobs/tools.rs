//! What several kinds of jobs use, made once for each worker.

use anyhow::Result;

use crate::Config;

/// What several kinds of jobs use.
pub struct Tools {}

impl Tools {
    pub(super) fn new(_: &Config) -> Result<Self> {
        Ok(Self {})
    }
}
