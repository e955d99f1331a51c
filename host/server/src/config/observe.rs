//! What others see of a running server.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Figures for Prometheus, at `/metrics`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
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

impl TelemetryConfig {
    pub(super) fn check(&self) -> Result<()> {
        let endpoint = &self.otlp_endpoint;
        if !endpoint.is_empty()
            && !endpoint.starts_with("http://")
            && !endpoint.starts_with("https://")
        {
            bail!("telemetry.otlp_endpoint has to begin with http:// or https://. Empty: none.");
        }
        if !(0.0..=1.0).contains(&self.sample) {
            bail!("telemetry.sample has to be between 0 (no turn) and 1 (every turn).");
        }
        if !self.sentry_dsn.is_empty() && self.sentry_dsn.parse::<sentry::types::Dsn>().is_err() {
            // What was set holds a key: it is not repeated.
            bail!(
                "telemetry.sentry_dsn is no DSN. It looks like https://KEY@errors.example.com/1; \
                 copy it from the project's settings there."
            );
        }
        if self.environment.is_empty() {
            bail!("telemetry.environment is empty. Leave it out for “production”.");
        }
        Ok(())
    }
}
