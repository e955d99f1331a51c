//! Values of a conversation's variables.

use serde::{Deserialize, Serialize};

/// What a variable holds: nothing, a text, or a flat list of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum VariableValue {
    /// Unset.
    #[default]
    Null,
    /// A text; numbers and objects are kept as their JSON text.
    Text(String),
    /// A list; an element may be unset.
    List(Vec<Option<String>>),
}
