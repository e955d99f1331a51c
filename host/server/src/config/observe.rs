//! What others see of a running server.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Figures for Prometheus, at `/metrics`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// An address of their own, like `127.0.0.1:9090`, which visitors do not reach; empty: none.
    pub listen: String,
}

impl MetricsConfig {
    pub(super) fn check(&self) -> Result<()> {
        self.address().map(drop)
    }

    /// The address, where there is one.
    pub fn address(&self) -> Result<Option<SocketAddr>> {
        if self.listen.is_empty() {
            return Ok(None);
        }
        let address = self.listen.parse().with_context(|| {
            format!(
                "metrics.listen: “{}” is not an address with a port, like 127.0.0.1:9090.",
                self.listen
            )
        })?;
        Ok(Some(address))
    }
}

/// Traces and errors for other programs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Where traces go by OTLP over HTTP, like `http://127.0.0.1:4318`; empty: nowhere.
    pub otlp_endpoint: String,
    /// The part of conversations' turns that is traced, from 0 to 1.
    pub sample: f64,
    /// Where panics and errors go, as Sentry and its kin give the address; empty: nowhere.
    pub sentry_dsn: String,
    /// What this installation is called there.
    pub environment: String,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            otlp_endpoint: String::new(),
            sample: 1.0,
            sentry_dsn: String::new(),
            environment: "production".into(),
        }
    }
}

impl std::fmt::Debug for TelemetryConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The DSN holds a key; the endpoint may.
        f.debug_struct("TelemetryConfig")
            .field("sample", &self.sample)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
