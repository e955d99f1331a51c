//! What starts a conversation and what a visitor sends.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A conversation's beginning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Start {
    /// The bot's id.
    pub bot: String,
    /// The result that records belong to; none makes the conversation a preview.
    pub result: Option<String>,
    /// What a returning visitor's result holds.
    pub remembered: Option<Remembered>,
    /// Variables set from outside: name → value.
    pub prefilled_variables: Map<String, Value>,
    /// A first reply, given before the bot asked.
    pub message: Option<Message>,
    /// Whether the conversation only comes to be, and begins with the first reply.
    pub is_only_registering: bool,
    /// Whether the visitor's page can show an answer word by word.
    pub is_stream_enabled: bool,
    /// Where to begin; otherwise at the start event.
    pub from: Option<StartFrom>,
    /// Who is on the other side.
    pub contact: Contact,
    /// How texts are written.
    pub text_format: TextFormat,
    /// How much one turn may do.
    pub limits: Limits,
    /// Hosts of uploaded files, which need no top-level domain in a file's address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_hosts: Vec<String>,
}

/// A visitor's reply.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Reply {
    /// The message; none skips an input or ends a client action that gave nothing.
    pub message: Option<Message>,
    /// How texts are written; none: as they were at the start.
    pub text_format: Option<TextFormat>,
    /// How much the turn may do.
    pub limits: Limits,
    /// Hosts of uploaded files, which need no top-level domain in a file's address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_hosts: Vec<String>,
}

/// A message as the chat API takes it; a bare string is a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Message {
    /// A text, with files perhaps.
    #[serde(rename_all = "camelCase")]
    Text {
        /// The text.
        text: String,
        /// The id of the item that was chosen.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<MessageMetadata>,
        /// Addresses of files that come with it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        attached_file_urls: Vec<String>,
    },
    /// A recorded voice.
    Audio {
        /// Its address.
        url: String,
    },
    /// A command of the page around the bot.
    Command {
        /// The command's name.
        command: String,
    },
}

/// What a page adds to a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MessageMetadata {
    /// The id of the item that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_id: Option<String>,
}

impl Message {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            metadata: None,
            attached_file_urls: Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Bare(String),
            Tagged(Tagged),
        }
        #[derive(Deserialize)]
        #[serde(tag = "type", rename_all = "camelCase")]
        enum Tagged {
            #[serde(rename_all = "camelCase")]
            Text {
                text: String,
                metadata: Option<MessageMetadata>,
                #[serde(default)]
                attached_file_urls: Option<Vec<String>>,
            },
            Audio {
                url: String,
            },
            Command {
                command: String,
            },
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Bare(text) => Self::text(text),
            Form::Tagged(Tagged::Text {
                text,
                metadata,
                attached_file_urls,
            }) => Self::Text {
                text,
                metadata,
                attached_file_urls: attached_file_urls.unwrap_or_default(),
            },
            Form::Tagged(Tagged::Audio { url }) => Self::Audio { url },
            Form::Tagged(Tagged::Command { command }) => Self::Command { command },
        })
    }
}

/// Where a conversation begins that does not begin at the start event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum StartFrom {
    /// At a group's first block.
    Group {
        /// The group.
        group_id: String,
    },
    /// At an event.
    Event {
        /// The event.
        event_id: String,
    },
}

/// What a returning visitor's result holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Remembered {
    /// The variables, as [`crate::output::Record::Result`] gave them: `[{id, name, value}]`.
    pub variables: Vec<Value>,
    /// The answers.
    pub answers: Vec<RememberedAnswer>,
}

/// An answer of a remembered result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedAnswer {
    /// The input block.
    pub block: String,
    /// What was answered.
    pub content: String,
}

/// Who is on the other side, as far as the channel tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Contact {
    /// What the conversation is held over.
    pub channel: Channel,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// The advertisement that led here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_source: Option<String>,
    /// The click on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_click: Option<String>,
}

/// What a conversation is held over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Channel {
    /// A page.
    #[default]
    Web,
    /// A messenger, which runs no code of ours.
    Messenger,
}

/// How texts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextFormat {
    /// As a tree of elements.
    #[default]
    RichText,
    /// As Markdown.
    Markdown,
}

/// How much one turn may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Blocks that one turn runs before it is ended as a cycle.
    pub blocks: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { blocks: 1_000 }
    }
}
