//! The file of a saved conversation: `*.talk.json`, written for people.
//!
//! `docs/conversation-tests.md` describes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use talkloom_engine::message::Message;

const ENDING: &str = ".talk.json";

/// A saved conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedConversation {
    /// What it shows.
    pub title: String,
    /// The bot: a file, counted from this one's folder, or an id or public id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
    /// Linked bots by the id that the link names: files or ids; others are looked up by that id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// How it begins, with the keys of the engine's start.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub start: Map<String, Value>,
    /// The beginning, then one step for each reply.
    pub steps: Vec<SavedStep>,
}

/// One turn.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedStep {
    /// What the visitor says: a text, or a message as the chat API takes it; none skips.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_people_write"
    )]
    pub visitor: Option<Message>,
    /// What the world gives, in the order in which it is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<SavedEffect>,
    /// What the bot is to do.
    #[serde(default)]
    pub expect: Expected,
}

/// A plain text stands alone.
fn as_people_write<S: Serializer>(
    message: &Option<Message>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match message {
        Some(Message::Text {
            text,
            metadata: None,
            attached_file_urls,
        }) if attached_file_urls.is_empty() => text.serialize(serializer),
        message => message.serialize(serializer),
    }
}

/// What one effect gives. Exactly one of the keys up to `prepare` says which it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SavedEffect {
    /// The time: milliseconds since 1970, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<i64>,
    /// A fresh id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A random number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<f64>,
    /// Addresses of listeners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<String>>,
    /// A script's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The id that a link names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A block's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The type of a block that is given a reply to its input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    /// The type of a block whose input is prepared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepare: Option<String>,
    /// The block's action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The options that the block must be called with; none: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
    /// The outcome of a script or a block; `false`: the linked bot is not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<Value>,
    /// How a script or a block fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<Value>,
}

/// What a bot is to do in a turn; what is not named is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expected {
    /// What it says: texts as Markdown, anything else as `{type: content}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<Vec<Value>>,
    /// What it asks: the input's type, or more about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<ExpectedInput>,
    /// What the visitor's page is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<Value>>,
    /// The answer as it is understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub understood: Option<String>,
    /// Variables after the turn, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Edges off the default path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<Vec<String>>,
    /// Whether the conversation is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<bool>,
    /// Why the bot refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What a bot is to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ExpectedInput {
    /// The input's type.
    Type(String),
    /// The input's type and what can be chosen.
    Choices {
        /// The type.
        r#type: String,
        /// The choices.
        choices: Vec<String>,
    },
}

impl SavedConversation {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("The file {} cannot be read.", path.display()))?;
        let saved: Self = serde_json::from_str(&text)
            .with_context(|| format!("The file {} is no saved conversation.", path.display()))?;
        if saved.steps.is_empty() {
            bail!("The file {} has no steps.", path.display());
        }
        Ok(saved)
    }
}

/// The saved conversations of a folder and those within, in order; or the one file.
pub fn find(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if path.is_dir() {
        collect(path, &mut found)
            .with_context(|| format!("The folder {} cannot be read.", path.display()))?;
    } else if path.is_file() {
        found.push(path.to_owned());
    }
    if found.is_empty() {
        bail!("There is no *{ENDING} in {}.", path.display());
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.to_string_lossy().ends_with(ENDING) {
            found.push(path);
        }
    }
    Ok(())
}
