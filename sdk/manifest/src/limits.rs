//! Limits a component asks for where the usual ones do not do.

use serde::{Deserialize, Serialize};

/// Limits per call; what is absent stays as usual. The operator's own limits hold in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Memory in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
    /// Computing time in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u32>,
    /// Time from start to end in milliseconds, waiting included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u32>,
    /// Requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_requests: Option<u32>,
    /// The whole of an answer in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_mib: Option<u32>,
    /// The longest wait that a busy service (429, 503) may ask for, in milliseconds; the request is
    /// sent once more after it. Without it such answers go to the block at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

impl Limits {
    /// Nothing is asked for.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
