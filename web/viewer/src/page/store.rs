//! Remembering a visitor: the result's id, for the next visit.

use web_sys::Storage;

use super::dom;
use crate::chat::settings::Remember;

/// The result of an earlier visit.
pub fn recall(bot: &str) -> Option<String> {
    [Remember::Session, Remember::Always]
        .into_iter()
        .find_map(|remember| storage(remember)?.get_item(&key(bot)).ok().flatten())
}

/// Keeps the result for the next visit.
pub fn remember(remember: Remember, bot: &str, result: &str) {
    if let Some(storage) = storage(remember) {
        // Storage may be full or forbidden; the visitor is then a new one next time.
        let _ = storage.set_item(&key(bot), result);
    }
}

/// Forgets earlier visits.
pub fn forget(bot: &str) {
    for remember in [Remember::Session, Remember::Always] {
        if let Some(storage) = storage(remember) {
            let _ = storage.remove_item(&key(bot));
        }
    }
}

fn key(bot: &str) -> String {
    format!("resultId-{bot}")
}

fn storage(remember: Remember) -> Option<Storage> {
    match remember {
        Remember::Session => dom::window().session_storage(),
        Remember::Always => dom::window().local_storage(),
    }
    .ok()
    .flatten()
}
