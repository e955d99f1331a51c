//! Opening a file: anything that holds a bot opens, and what is odd about it is told.

use crate::diagnostic::{Diagnostic, Severity, diagnose};
use crate::document::Document;
use crate::flow::Flow;
use crate::migrate;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A file's text, or its JSON.
#[derive(Debug)]
pub enum Source<'a> {
    /// Text that was not parsed yet.
    Text(&'a str),
    /// Parsed JSON.
    Json(Value),
}

impl<'a> From<&'a str> for Source<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Source<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<Value> for Source<'_> {
    fn from(json: Value) -> Self {
        Self::Json(json)
    }
}

/// Why a file holds no bot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text is not JSON.
    #[error("This is not a bot's file: it is not JSON. Choose a file that was exported as JSON.")]
    NotJson(#[source] serde_json::Error),
    /// The JSON is something else.
    #[error("This is not a bot's file: it has no groups. Choose a file that was exported as JSON.")]
    NotABot,
    /// A file from before groups had blocks.
    #[error("This file is older than version 3, which cannot be opened.")]
    TooOld,
    /// A file of a version that is not known.
    #[error("This file has the version {0}. Versions 3 to 6.1 can be opened.")]
    UnknownVersion(String),
    /// An old file without a beginning.
    #[error("This bot has no start. Open it where it was made, add one, and export it again.")]
    NoStart,
}

/// Reads a bot's file, of any version from 3 to 6.1, and says what is odd about it.
pub fn open<'a>(source: impl Into<Source<'a>>) -> Result<(Flow, Vec<Diagnostic>), OpenError> {
    let file = match source.into() {
        Source::Text(text) => serde_json::from_str(text).map_err(OpenError::NotJson)?,
        Source::Json(json) => json,
    };
    let Value::Object(mut file) = file else {
        return Err(OpenError::NotABot);
    };
    let version = version_of(&file)?;
    let mut diagnostics = Vec::new();
    if version.starts_with('6') {
        if !file.contains_key("groups") && !file.contains_key("events") {
            return Err(OpenError::NotABot);
        }
    } else {
        prepare_old(&mut file)?;
        migrate::to_current(&mut file, &version, &mut diagnostics)?;
    }
    let document = Document::deserialize(Value::Object(file)).map_err(|_| OpenError::NotABot)?;
    let flow = Flow::new(document);
    diagnostics.extend(diagnose(&flow));
    Ok((flow, diagnostics))
}

fn version_of(file: &Map<String, Value>) -> Result<String, OpenError> {
    let version = match file.get("version") {
        None | Some(Value::Null) => "3".to_owned(),
        Some(Value::String(version)) => version.clone(),
        Some(other) => return Err(OpenError::UnknownVersion(other.to_string())),
    };
    match version.as_str() {
        "3" | "4" | "5" | "6" | "6.1" => Ok(version),
        _ => Err(OpenError::UnknownVersion(version)),
    }
}

fn prepare_old(file: &mut Map<String, Value>) -> Result<(), OpenError> {
    if !["groups", "edges", "variables", "blocks"]
        .iter()
        .any(|key| file.contains_key(*key))
    {
        return Err(OpenError::NotABot);
    }
    if !file.contains_key("groups") && file.get("blocks").is_some_and(Value::is_array) {
        return Err(OpenError::TooOld);
    }
    let groups = file.entry("groups").or_insert_with(|| json!([]));
    if groups.is_null() {
        *groups = json!([]);
    }
    for group in groups
        .as_array_mut()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        let blocks = group.entry("blocks").or_insert_with(|| json!([]));
        if blocks.is_null() {
            *blocks = json!([]);
        }
    }
    Ok(())
}

impl OpenError {
    /// The error as a diagnostic, for lists that hold both.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Severity::Error, "not_opened", self.to_string())
    }
}
