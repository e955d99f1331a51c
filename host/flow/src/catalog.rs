//! What the document's readers must know of the installed blocks.
//!
//! The engine prepares a block's options before it is called: it puts variables in, and it looks
//! up the variables that the options name. How it does so for each field stands in the block's
//! manifest; a [`Catalog`] holds the part of the manifests that matters here.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::block::{Block, BlockKind};

/// Installed block types by the `type` they claim in documents.
///
/// It is written as JSON where conversations are recorded: the same blocks are prepared the same
/// way when they are replayed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// `type` in the document → what is known of it.
    #[serde(with = "shared")]
    pub blocks: BTreeMap<String, Arc<BlockSpec>>,
}

impl Catalog {
    /// The exits that a block's action has; none where no installed component stands behind it.
    pub fn exits(&self, block: &Block) -> Option<&[String]> {
        let known = self.blocks.get(block.type_name())?;
        let named = match &block.kind {
            BlockKind::Integration(options) => {
                options.get().and_then(|o| o.get("action")?.as_str())
            }
            _ => None,
        };
        let action = named.or(known.default_action.as_deref())?;
        Some(&known.actions.get(action)?.exits)
    }
}

/// One installed block type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlockSpec {
    /// The action that runs when the options name none (`Webhook` has a single, unnamed one).
    pub default_action: Option<String>,
    /// `options.action` → how its options are prepared.
    pub actions: BTreeMap<String, ActionSpec>,
}

/// How the options of one action are prepared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionSpec {
    /// Fields that are not interpolated as plain text, the first match counts.
    pub interpolation: Vec<(FieldPath, Interpolation)>,
    /// Fields that hold the id of a variable. The block is told each one's name and value, and may
    /// set these variables and no others.
    pub variables: Vec<FieldPath>,
    /// Fields that hold code. The variables that it names, as `{{Name}}` or as a quoted text, go
    /// along with those of [`Self::variables`].
    pub code: Vec<FieldPath>,
    /// The block may read all answers and variables of the conversation.
    pub reads_submission: bool,
    /// The field that holds the variable which receives streamed text; none: it does not stream.
    pub stream_variable: Option<StreamVariable>,
    /// It stands behind an input instead of being run.
    pub is_input: bool,
    /// The names of its ways out besides the default one.
    pub exits: Vec<String>,
}

/// The field that holds the variable which receives streamed text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamVariable {
    /// Where it stands.
    pub path: FieldPath,
    /// The field beside it that decides, and the values with which it counts (none: it is absent).
    /// Without a condition it counts always.
    pub when: Option<(String, Vec<Option<String>>)>,
}

/// How variables are put into one text field of the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// What is installed is shared; written, it is a plain map.
mod shared {
    use super::BlockSpec;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    pub(super) fn serialize<S: Serializer>(
        blocks: &BTreeMap<String, Arc<BlockSpec>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(blocks.iter().map(|(name, spec)| (name, &**spec)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Arc<BlockSpec>>, D::Error> {
        let blocks = BTreeMap::<String, BlockSpec>::deserialize(deserializer)?;
        Ok(blocks
            .into_iter()
            .map(|(name, spec)| (name, Arc::new(spec)))
            .collect())
    }
}
