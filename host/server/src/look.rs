//! The theme and the settings as the page gets them.

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::css;

/// A part of the document that goes to the page.
#[derive(Debug)]
pub enum Look {
    /// It names no variable: the same text for everyone.
    Fixed(Box<RawValue>),
    /// It names variables, or holds code.
    Templated(Value),
}

impl Look {
    /// Takes a part of a document.
    pub fn of(value: Value) -> Self {
        if mentions_variables(&value) {
            Self::Templated(value)
        } else {
            Self::Fixed(printed(value))
        }
    }
}

fn mentions_variables(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(mentions_variables),
        Value::Object(fields) => fields.values().any(mentions_variables),
        _ => false,
    }
}

/// A part of a document, with its variables put in, as it is sent.
pub fn printed(mut value: Value) -> Box<RawValue> {
    if let Some(Value::String(text)) = value.get_mut("customCss") {
        *text = css::cleaned(text);
    }
    // A JSON value always prints.
    to_raw_value(&value).unwrap_or_default()
}
