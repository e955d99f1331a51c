//! Requests that a component takes from outside.

use serde::{Deserialize, Serialize};

/// A kind of request that a component takes from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// Its name, which is a part of its address: lower-case letters, digits and hyphens.
    pub name: String,
    /// What it tells, and where to enter its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Webhook {
    /// A webhook with nothing but a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            help: None,
        }
    }
}
