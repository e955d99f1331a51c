//! Traces for a collector that speaks OTLP over HTTP: a request, its turn, the turn's calls of
//! blocks and its commit. Spans hold kinds, types and outcomes; nothing that anyone wrote.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::courier::Courier;
use crate::config::TelemetryConfig;

/// Where collectors take traces, below their address.
const PATH: &str = "/v1/traces";
/// Spans of ours are made in these crates; libraries' own are not sent.
const OURS: &str = "talkloom";

static COLLECTED: AtomicBool = AtomicBool::new(false);

/// Whether anyone collects traces.
pub(super) fn are_collected() -> bool {
    COLLECTED.load(Ordering::Relaxed)
}

/// Sends spans to a collector, in batches.
pub(super) fn provider(
    endpoint: &str,
    options: &TelemetryConfig,
    courier: Courier,
) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(courier)
        .with_endpoint(format!("{}{PATH}", endpoint.trim_end_matches('/')))
        .build()
        .context("telemetry.otlp_endpoint cannot be used.")?;
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", OURS),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("deployment.environment.name", options.environment.clone()),
        ])
        .build();
    COLLECTED.store(true, Ordering::Relaxed);
    Ok(SdkTracerProvider::builder()
        // By the trace's id: a trace is taken whole or not at all, also across servers.
        .with_sampler(Sampler::TraceIdRatioBased(options.sample))
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

/// The layer that makes spans of ours into spans to send.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(OURS))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|metadata| {
            metadata.is_span() && metadata.target().starts_with(OURS)
        }))
}
