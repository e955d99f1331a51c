//! What goes over the wire where no handler has a type of its own for it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A message: a bare text, or one with a type.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Message {
    /// A bare text.
    Bare(String),
    /// A message with a type.
    Typed(TypedMessage),
}

/// A message with a type.
#[derive(Serialize, ToSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TypedMessage {
    /// A text, with files perhaps.
    Text {
        /// The text.
        text: String,
        /// What the page adds.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
        /// Addresses of files that come with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        attached_file_urls: Option<Vec<String>>,
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
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The id of the item that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_id: Option<String>,
}

/// How texts are written.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TextFormat {
    /// As a tree of elements.
    RichText,
    /// As Markdown.
    Markdown,
}

/// Where a preview begins.
#[derive(Serialize, ToSchema)]
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

/// A conversation began.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// All that is needed to go on.
    pub session_id: String,
    /// What the conversation leaves behind; absent in a preview, and where nothing is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result_id: Option<String>,
    /// The bot.
    pub typebot: StartedBot,
    /// What the bot says.
    #[serde(flatten)]
    pub reply: Replied,
}

/// The bot, as far as a page needs it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartedBot {
    /// The bot's id.
    pub id: String,
    /// The version of its file's format.
    pub version: String,
    /// How the page looks, with variables put in.
    pub theme: HashMap<String, Value>,
    /// How the page behaves, with variables put in.
    pub settings: HashMap<String, Value>,
    /// When it was published; absent in a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published_at: Option<String>,
}

/// What the bot says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replied {
    /// Bubbles in order.
    pub messages: Vec<Bubble>,
    /// The input that is now awaited: the block itself, with variables put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub input: Option<HashMap<String, Value>>,
    /// What the page is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_side_actions: Option<Vec<HashMap<String, Value>>>,
    /// For the bot's builder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub logs: Option<Vec<LogLine>>,
    /// The avatars that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dynamic_theme: Option<HashMap<String, Value>>,
    /// The last answer as it was understood, when that differs from what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_message_new_format: Option<String>,
    /// 0 to 100, with a progress bar only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub progress: Option<f64>,
}

/// A bubble.
#[derive(Serialize, ToSchema)]
pub struct Bubble {
    /// The block that says it.
    pub id: String,
    /// `text`, `image`, `video`, `audio`, `embed` or `custom-embed`.
    pub r#type: String,
    /// What it shows.
    pub content: HashMap<String, Value>,
}

/// A line of a conversation's log.
#[derive(Serialize, ToSchema)]
pub struct LogLine {
    /// `error`, `warning`, `info` or `success`.
    pub status: String,
    /// One sentence.
    pub description: String,
    /// More.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub details: Option<String>,
    /// Where it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub context: Option<String>,
}

/// A published bot: for visitors the first six fields, for its workspace (or where the bot is
/// shared) the whole document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishedBot {
    /// The bot's id; of the whole document, its version's.
    pub id: String,
    /// The version of its file's format.
    pub version: String,
    /// How it looks.
    pub theme: HashMap<String, Value>,
    /// How it behaves.
    pub settings: HashMap<String, Value>,
    /// What its page is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub published_at: Option<String>,
    /// The bot's id, with the whole document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub typebot_id: Option<String>,
}

/// It was done.
#[derive(Serialize, ToSchema)]
pub struct Done {
    /// What was done.
    pub message: String,
}

/// A request that was not served.
#[derive(Serialize, ToSchema)]
pub struct Error {
    /// Always false.
    pub defined: bool,
    /// A word for programs.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence for people.
    pub message: String,
    /// More: `{issues: […]}` where fields are not what they must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}
