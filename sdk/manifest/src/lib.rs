//! What a block says of itself: the manifest's types and checks.
//!
//! A component carries its manifest as JSON in the custom section [`SECTION`]. The host reads it
//! with a parser and never runs a block to learn what it is, so that one digest covers the code
//! and what it may do. The JSON is compact and keeps the order in which the author wrote the
//! fields: the settings form shows them in that order.

mod action;
mod check;
mod credential;
mod error;
mod limits;
mod permission;
mod provides;
pub mod schema;
mod webhook;

use serde::{Deserialize, Serialize};

pub use action::{Action, BlockType, Exit};
pub use credential::{
    CredentialField, CredentialType, Injection, OAuth2, Place, When, placeholders,
};
pub use error::ManifestError;
pub use limits::Limits;
pub use permission::{Permission, PermissionKind};
pub use schema::{Choices, FieldHint, Hint, Interpolate, StreamVariable};
pub use webhook::Webhook;

/// The name of the custom section that holds the manifest.
pub const SECTION: &str = "talkloom:manifest";

/// The contract this crate describes.
pub const CONTRACT: &str = "0.1";

/// The most bytes a manifest may have.
pub const MAX_BYTES: usize = 256 * 1024;

/// Everything a component says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// `publisher/name`, in lower-case letters, digits and hyphens.
    pub id: String,
    /// A semantic version.
    pub version: String,
    /// The lowest host contract it needs: `major.minor`.
    pub contract: String,
    /// The name people see.
    pub name: String,
    /// One or two sentences for whoever chooses a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// An SVG picture; the host cleans it before it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// The interfaces that the component exports.
    pub provides: Vec<Interface>,
    /// The block types it claims in documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<BlockType>,
    /// What its blocks can do; block types name the ones they offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// The requests from outside that it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    /// The kinds of credential its blocks use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<CredentialType>,
    /// What it must be allowed to do, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Permission>,
    /// Limits other than the usual ones.
    #[serde(default, skip_serializing_if = "Limits::is_usual")]
    pub limits: Limits,
}

/// An interface of the contract that a component may export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Interface {
    /// Blocks that do something when the conversation reaches them.
    Actions,
    /// Blocks that ask the visitor something of their own.
    Inputs,
    /// Choices for fields of the options.
    Choices,
    /// Requests that arrive from outside.
    Webhooks,
    /// A messaging channel.
    Channel,
    /// Options of older versions are brought up to date.
    Migrate,
    /// JavaScript of the bot's builder is run.
    Script,
}

impl Interface {
    /// Its name in the contract and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Inputs => "inputs",
            Self::Choices => "choices",
            Self::Webhooks => "webhooks",
            Self::Channel => "channel",
            Self::Migrate => "migrate",
            Self::Script => "script",
        }
    }
}

impl Manifest {
    /// Reads a manifest and checks it.
    ///
    /// # Errors
    /// The first thing that is wrong with it, in words for its author.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_BYTES {
            return Err(ManifestError::TooLarge(bytes.len()));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The bytes that stand in the component.
    ///
    /// # Errors
    /// The first thing that is wrong with it, in words for its author.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ManifestError> {
        self.check()?;
        let bytes = serde_json::to_vec(self).map_err(ManifestError::Json)?;
        if bytes.len() > MAX_BYTES {
            return Err(ManifestError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }

    /// The manifest's rules that its types cannot express.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), ManifestError> {
        check::manifest(self)
    }

    /// The block type that a document names.
    pub fn block(&self, block_type: &str) -> Option<&BlockType> {
        self.blocks.iter().find(|b| b.block_type == block_type)
    }

    /// An action by its name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|a| a.name == name)
    }

    /// A webhook by its name.
    pub fn webhook(&self, name: &str) -> Option<&Webhook> {
        self.webhooks.iter().find(|w| w.name == name)
    }

    /// A kind of credential by its name.
    pub fn credential(&self, kind: &str) -> Option<&CredentialType> {
        self.credentials.iter().find(|c| c.kind == kind)
    }
}
