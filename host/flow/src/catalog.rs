//! What the document's readers must know of the installed blocks.
//!
//! The engine prepares a block's options before it is called: it puts variables in, and it looks
//! up the variables that the options name. How it does so for each field stands in the block's
//! manifest; a [`Catalog`] holds the part of the manifests that matters here.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Installed block types by the `type` they claim in documents.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// `type` in the document → what is known of it.
    pub blocks: BTreeMap<String, Arc<BlockSpec>>,
}

/// One installed block type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlockSpec {
    /// The action that runs when the options name none (`Webhook` has a single, unnamed one).
    pub default_action: Option<String>,
    /// `options.action` → how its options are prepared.
    pub actions: BTreeMap<String, ActionSpec>,
}

/// How the options of one action are prepared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionSpec {
    /// Fields that are not interpolated as plain text, the first match counts.
    pub interpolation: Vec<(FieldPath, Interpolation)>,
    /// Fields that hold the id of a variable. The block is told each one's name and value, and may
    /// set these variables and no others.
    pub variables: Vec<FieldPath>,
    /// The block may read all answers and variables of the conversation.
    pub reads_submission: bool,
    /// The field that holds the variable which receives streamed text; none: it does not stream.
    pub stream_variable: Option<StreamVariable>,
}

/// The field that holds the variable which receives streamed text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamVariable {
    /// Where it stands.
    pub path: FieldPath,
    /// The field beside it that decides, and the values with which it counts (none: it is absent).
    /// Without a condition it counts always.
    pub when: Option<(String, Vec<Option<String>>)>,
}

/// How variables are put into one text field of the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// Values as they print.
    #[default]
    Text,
    /// Values are escaped for use inside JSON text, unless the field is exactly one variable.
    Json,
    /// Nothing is put in: the field reaches the block as it was written.
    Raw,
}

/// Keys from the options' root to a field; `*` stands for every element of a list.
///
/// Written with slashes: `webhook/headers/*/value`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(pub Vec<String>);

impl FieldPath {
    /// Reads a path as it is written in a manifest.
    pub fn parse(text: &str) -> Self {
        Self(
            text.split('/')
                .filter(|key| !key.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }
}
