//! Remembering a visitor for the next visit: the result's id and the conversation.

use serde_json::Value;
use web_sys::Storage;

use super::dom;
use crate::chat::settings::Remember;

/// The result of an earlier visit.
pub fn recall(bot: &str) -> Option<String> {
    [Remember::Session, Remember::Always]
        .into_iter()
        .find_map(|remember| storage(remember)?.get_item(&key(bot)).ok().flatten())
}

/// The conversation of an earlier visit.
pub fn recall_chat(bot: &str) -> Option<Value> {
    [Remember::Session, Remember::Always]
        .into_iter()
        .find_map(|remember| storage(remember)?.get_item(&chat_key(bot)).ok().flatten())
        .and_then(|text| serde_json::from_str(&text).ok())
}

/// Keeps the conversation for the next visit.
pub fn remember_chat(remember: Remember, bot: &str, chat: &Value) {
    if let Some(storage) = storage(remember) {
        let _ = storage.set_item(&chat_key(bot), &chat.to_string());
    }
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
    remove(&key(bot));
    forget_chat(bot);
}

/// Forgets the conversation of an earlier visit, but not the visitor.
pub fn forget_chat(bot: &str) {
    remove(&chat_key(bot));
}

/// Keeps a conversation while its visitor may be led away to pay, for this tab.
pub fn keep_paying(bot: &str, chat: &Value) {
    if let Some(storage) = storage(Remember::Session) {
        let _ = storage.set_item(&paying_key(bot), &chat.to_string());
    }
}

/// Forgets the conversation of a visitor who was not led away.
pub fn forget_paying(bot: &str) {
    remove(&paying_key(bot));
}

/// The conversation of a visitor who was led away to pay, once.
pub fn take_paying(bot: &str) -> Option<Value> {
    let text = storage(Remember::Session)?
        .get_item(&paying_key(bot))
        .ok()?;
    forget_paying(bot);
    serde_json::from_str(&text?).ok()
}

fn paying_key(bot: &str) -> String {
    format!("talkloom-paying-{bot}")
}

fn remove(key: &str) {
    for remember in [Remember::Session, Remember::Always] {
        if let Some(storage) = storage(remember) {
            let _ = storage.remove_item(key);
        }
    }
}

fn key(bot: &str) -> String {
    format!("resultId-{bot}")
}

fn chat_key(bot: &str) -> String {
    format!("talkloom-chat-{bot}")
}

fn storage(remember: Remember) -> Option<Storage> {
    match remember {
        Remember::Session => dom::window().session_storage(),
        Remember::Always => dom::window().local_storage(),
    }
    .ok()
    .flatten()
}
