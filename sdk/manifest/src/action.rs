//! Block types and what they can do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{self, FieldHint, Hint};

/// A block type that the component claims in documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockType {
    /// The `type` in documents.
    #[serde(rename = "type")]
    pub block_type: String,
    /// The name people see.
    pub name: String,
    /// One sentence for whoever chooses a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// An SVG picture, where it differs from the component's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The names of the actions it offers, in the order people see.
    pub actions: Vec<String>,
    /// The action that runs when the options name none; without one such a block does nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_action: Option<String>,
    /// The kind of credential its options may choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// Something a block can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Action {
    /// What documents write in `options.action`.
    pub name: String,
    /// The name people see, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// One sentence for whoever chooses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// JSON Schema 2020-12 of its options; the settings form is drawn from it.
    pub options: Value,
    /// Ways out besides the default one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<Exit>,
    /// It is given all answers and variables of the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads_submission: bool,
    /// It can give its text as it comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streams: bool,
    /// It stands behind an input: it is opened and accepts replies instead of being run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub input: bool,
    /// It stands in old documents only and is not offered to new blocks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

/// A named way out of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exit {
    /// What the block's outcome names.
    pub name: String,
    /// What the canvas shows.
    pub label: String,
}

impl Action {
    /// An action with the given options and nothing else.
    pub fn new(name: impl Into<String>, options: Value) -> Self {
        Self {
            name: name.into(),
            label: None,
            help: None,
            options,
            exits: Vec::new(),
            reads_submission: false,
            streams: false,
            input: false,
            hidden: false,
        }
    }

    /// What the options' schema says of single fields, in the schema's order.
    pub fn hints(&self) -> Vec<FieldHint> {
        schema::hints(&self.options)
    }

    /// Whether the block lists what a field can be set to.
    pub fn has_choices(&self, field: &str) -> bool {
        let is_it = |hint: &FieldHint| hint.path == field && matches!(hint.hint, Hint::Choices(_));
        self.hints().iter().any(is_it)
    }
}
