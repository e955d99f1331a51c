//! The theme and the settings as the page gets them: with a conversation's variables put in.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use talkloom_engine::State;
use talkloom_engine::template::{Mode, interpolate};
use talkloom_flow::{Flow, VariableValue};

/// A part of the document that goes to the page.
#[derive(Debug)]
pub enum Look {
    /// It names no variable: the same text for everyone.
    Fixed(Box<RawValue>),
    /// It names variables.
    Templated(Value),
}

impl Look {
    /// Takes a part of a document.
    pub fn of(value: Value) -> Self {
        match to_raw_value(&value) {
            Ok(fixed) if !fixed.get().contains("{{") => Self::Fixed(fixed),
            _ => Self::Templated(value),
        }
    }

    /// The part with the variables of a conversation's first bot put in.
    pub fn with(&self, flow: &Flow, state: &State) -> Cow<'_, RawValue> {
        match self {
            Self::Fixed(fixed) => Cow::Borrowed(fixed),
            Self::Templated(value) => {
                let mut value = value.clone();
                put_in(&mut value, &|name| lookup(flow, state, name));
                // A JSON value always prints.
                Cow::Owned(to_raw_value(&value).unwrap_or_default())
            }
        }
    }
}

fn put_in<'v>(value: &mut Value, lookup: &impl Fn(&str) -> Option<&'v VariableValue>) {
    match value {
        Value::String(text) if text.contains("{{") => {
            *text = interpolate(text, Mode::Text, lookup);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_in(item, lookup)),
        Value::Object(fields) => fields.values_mut().for_each(|field| put_in(field, lookup)),
        _ => {}
    }
}

fn lookup<'v>(flow: &'v Flow, state: &'v State, name: &str) -> Option<&'v VariableValue> {
    let variable = flow
        .document()
        .variables
        .items()
        .find(|v| v.name.text() == name)?;
    let frame = state.frames.last()?;
    match frame
        .variables
        .iter()
        .find(|changed| changed.id == variable.id.text())
    {
        Some(changed) => changed.value.as_ref(),
        None => variable.value.get(),
    }
}
