//! A panic is logged like every other fault, without what it quotes: a message like “not a char
//! boundary of `…`” holds the text that was worked on.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic;

use super::redact::unquoted;

/// What panics are logged as.
pub(super) const TARGET: &str = "talkloom_server::panic";

/// Logs panics from here on.
pub(super) fn watch() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let told = message(info.payload());
        // Asked for by RUST_BACKTRACE, as everywhere.
        let trace = Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| trace.to_string());
        tracing::error!(target: TARGET, place, error = told, trace, "a part of the server broke");
    }));
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    unquoted(text.unwrap_or("no message"))
}
