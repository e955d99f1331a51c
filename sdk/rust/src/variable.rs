//! Fields of the options that hold a variable of the bot.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A variable that the bot's builder chose; empty while none is chosen.
///
/// The block may read its value and set it with [`Call`](crate::Call), and no other variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Variable(String);

impl Variable {
    /// The variable with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Its id in the document.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// Nothing was chosen yet.
    pub fn is_unset(&self) -> bool {
        self.0.is_empty()
    }
}

impl JsonSchema for Variable {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Variable".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-variable": true, "x-interpolate": "raw" })
    }
}
