//! Errors and panics for a service that speaks the protocol of Sentry. A report says what broke,
//! where, and in which request; quoted words are taken out of it before it leaves.

mod event;
mod post;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use sentry::{Client, ClientOptions};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::courier::Courier;
use super::request;
use crate::config::TelemetryConfig;
use event::{Fields, report};
use post::Post;

/// A client that sends to the address in a DSN.
pub(super) fn client(dsn: &str, options: &TelemetryConfig, courier: Courier) -> Result<Client> {
    // The DSN is not repeated: it holds a key.
    let parsed: sentry::types::Dsn = dsn
        .parse()
        .ok()
        .context("telemetry.sentry_dsn is no DSN. Copy it from the project's settings there.")?;
    let post = Post::new(&parsed, courier);
    let options = ClientOptions::new()
        .dsn(dsn)
        .release(concat!("talkloom@", env!("CARGO_PKG_VERSION")))
        .environment(options.environment.clone())
        .default_integrations(false)
        .transport(Arc::new(post));
    Ok(Client::from(options))
}

/// The layer that reports errors.
pub(super) fn layer<S>(client: Arc<Client>) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    Reports(client).with_filter(filter_fn(|metadata| {
        let is_request = metadata.is_span() && metadata.name() == request::SPAN;
        is_request || (metadata.is_event() && *metadata.level() == Level::ERROR)
    }))
}

struct Reports(Arc<Client>);

impl<S> Layer<S> for Reports
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let request = context.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<Fields>().cloned())
        });
        self.0.capture_event(report(event, request), None);
    }
}
