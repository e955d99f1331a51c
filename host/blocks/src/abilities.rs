//! What the server does for a block on one call's behalf: values that outlive the call, files, mail.
//!
//! Grants and sizes are checked before these are asked. Whoever implements them sees to it that a
//! call reaches its own workspace and conversation only.

use std::fmt;

use async_trait::async_trait;

use crate::Credential;

/// What the server does for a block on one call's behalf.
#[async_trait]
pub trait Abilities: fmt::Debug + Send + Sync {
    /// A value that was kept; none where there is none, or no longer.
    async fn get_value(&self, key: ValueKey) -> Result<Option<Vec<u8>>, Declined>;

    /// Keeps a value, for so many seconds where that is said.
    async fn set_value(
        &self,
        key: ValueKey,
        value: Vec<u8>,
        ttl_s: Option<u32>,
    ) -> Result<(), Declined>;

    /// Removes a value; one that is not there counts as removed.
    async fn delete_value(&self, key: ValueKey) -> Result<(), Declined>;

    /// Stores a file of the conversation; gives its address.
    async fn save_file(&self, file: NewFile) -> Result<String, Declined>;

    /// Reads a file of the conversation, of at most `max_bytes`.
    async fn load_file(&self, address: String, max_bytes: usize) -> Result<Vec<u8>, Declined>;

    /// Sends a mail, once for each key of a component.
    async fn send_mail(&self, mail: Mail) -> Result<(), Declined>;
}

/// Where a value is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueKey {
    /// The component's id: no other sees the value.
    pub component: String,
    /// Who shares it.
    pub scope: ValueScope,
    /// Its key.
    pub key: String,
}

/// Who shares a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueScope {
    /// The calls of one conversation.
    Conversation,
    /// All calls of one workspace.
    Workspace,
}

/// A file that a block saves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// The name that the block gives it: anything.
    pub name: String,
    /// Its media type, as the block says.
    pub media_type: String,
    /// What is in it.
    pub data: Vec<u8>,
}

/// A mail that a block sends.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The component's id.
    pub component: String,
    /// What makes it one mail: it is sent once.
    pub idempotency_key: String,
    /// The call's credential, where it is to go through the server that this names.
    pub through: Option<Credential>,
    /// What is sent.
    pub message: MailMessage,
}

/// What a mail says, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailMessage {
    /// Who gets it.
    pub to: Vec<String>,
    /// Who gets a copy.
    pub cc: Vec<String>,
    /// Who gets a copy that the others do not see.
    pub bcc: Vec<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// Files that come along.
    pub attachments: Vec<NewFile>,
}

/// Why the server did not do it: one sentence for the bot's builder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    /// It may not be done, or not so much.
    #[error("{0}")]
    Denied(String),
    /// It could not be done now.
    #[error("{0}")]
    Failed(String),
}
