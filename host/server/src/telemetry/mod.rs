//! What a running server tells: its log, traces for a collector, errors for a service that gathers
//! them.
//!
//! None of it ever holds what a visitor wrote. What is not set costs nothing: the spans of a turn
//! are made only while someone collects them.

mod courier;
mod log;
mod panics;
mod redact;
mod reports;
mod request;
mod traces;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::Config;
use courier::Courier;

pub use request::{carried, identify, request_id};

/// How long a stopping server waits for those who collect.
const FAREWELL: Duration = Duration::from_secs(3);

/// What is sent to others, and must be sent before the process ends.
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    reports: Option<Arc<sentry::Client>>,
}

/// Begins to log and to collect, for the whole process.
///
/// # Errors
/// When an option is not valid.
pub fn start(config: &Config) -> Result<Telemetry> {
    let options = &config.telemetry;
    let courier = || Courier::new(Handle::current());
    let traces = match options.otlp_endpoint.as_str() {
        "" => None,
        endpoint => Some(traces::provider(endpoint, options, courier())?),
    };
    let reports = match options.sentry_dsn.as_str() {
        "" => None,
        dsn => Some(Arc::new(reports::client(dsn, options, courier())?)),
    };
    tracing_subscriber::registry()
        .with(log::layer(config)?)
        .with(traces.as_ref().map(traces::layer))
        .with(reports.clone().map(reports::layer))
        .init();
    panics::watch();
    Ok(Telemetry { traces, reports })
}

impl Telemetry {
    /// Sends what waits, within a few seconds.
    pub async fn finish(self) {
        let Self { traces, reports } = self;
        let sending = tokio::task::spawn_blocking(move || {
            if let Some(traces) = traces
                && let Err(error) = traces.shutdown_with_timeout(FAREWELL)
            {
                tracing::warn!(%error, "the last traces were not sent");
            }
            if let Some(reports) = reports
                && !reports.close(Some(FAREWELL))
            {
                tracing::warn!("the last error reports were not sent");
            }
        });
        // A panic there was logged.
        let _ = sending.await;
    }
}
