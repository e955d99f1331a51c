//! An error's log line becomes a report.

use std::collections::BTreeMap;
use std::fmt;

use sentry::protocol::{Event as Report, Exception, Level, Mechanism};
use tracing::Event;
use tracing::field::{Field, Visit};

use crate::telemetry::panics;
use crate::telemetry::redact::unquoted;

/// The fields of a span or an event, as text.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// Makes the report. The request's fields become tags, which reports can be found by.
pub(super) fn report(event: &Event<'_>, request: Option<Fields>) -> Report<'static> {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let mut fields = fields.0;
    // The message is written in the code; the fields may quote.
    let message = fields.remove("message");
    // Backtraces of the report's own take its place.
    fields.remove("trace");
    let is_panic = event.metadata().target() == panics::TARGET;
    let exception = is_panic.then(|| panic(fields.remove("error").unwrap_or_default()));
    let extra = fields
        .into_iter()
        .map(|(name, text)| (name.to_owned(), unquoted(&text).into()));
    let tags = request.unwrap_or_default().0.into_iter();
    let tags = tags.filter_map(|(name, text)| match name {
        "id" => Some(("request_id".to_owned(), text)),
        "method" | "route" => Some((name.to_owned(), text)),
        _ => None,
    });
    Report {
        level: if is_panic { Level::Fatal } else { Level::Error },
        logger: Some(event.metadata().target().to_owned()),
        message,
        exception: exception.into_iter().collect::<Vec<_>>().into(),
        extra: extra.collect(),
        tags: tags.collect(),
        ..Report::default()
    }
}

fn panic(value: String) -> Exception {
    Exception {
        ty: "panic".to_owned(),
        value: Some(value),
        stacktrace: sentry::integrations::backtrace::current_stacktrace(),
        mechanism: Some(Mechanism {
            ty: "panic".to_owned(),
            handled: Some(false),
            ..Mechanism::default()
        }),
        ..Exception::default()
    }
}
