//! The answers to a start and to a reply, and how either fails.

use serde_json::Value;

use super::{Action, Input, Message};
use crate::json::Fields;

/// The answer to a start.
#[derive(Debug, Clone)]
pub struct StartReply {
    /// Names the conversation in every further request.
    pub session_id: String,
    /// Names what is stored of it; absent where nothing is.
    pub result_id: Option<String>,
    /// How the bot looks and behaves.
    pub bot: Bot,
    /// When the bot was published: another time is another version.
    pub published_at: Option<String>,
    /// The first messages.
    pub reply: ChatReply,
}

/// What the page must know of the bot.
#[derive(Debug, Clone, Default)]
pub struct Bot {
    /// The document's version; it decides the theme's defaults.
    pub version: String,
    /// Colours, shapes, fonts.
    pub theme: Value,
    /// Behaviour: `general` and `typingEmulation`.
    pub settings: Value,
}

/// The answer to a reply, and a part of the answer to a start.
#[derive(Debug, Clone, Default)]
pub struct ChatReply {
    /// Bubbles in order.
    pub messages: Vec<Message>,
    /// The input that is now awaited.
    pub input: Option<Input>,
    /// What the page is to do.
    pub actions: Vec<Action>,
    /// The last answer as it was understood, when that differs from what was sent.
    pub last_answer: Option<String>,
    /// 0 to 100.
    pub progress: Option<f64>,
    /// The bot's avatar, when it changed.
    pub host_avatar: Option<String>,
    /// The visitor's avatar, when it changed.
    pub guest_avatar: Option<String>,
}

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// No answer came.
    Network,
    /// The server refused or failed.
    Status {
        /// The HTTP status.
        status: u16,
        /// What the server says about it, when it says something.
        message: Option<String>,
    },
    /// An answer came that this page cannot read.
    Unreadable,
}

impl StartReply {
    /// Reads the answer to a start; none where a required field is missing.
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            session_id: value.text("sessionId")?,
            result_id: value.text("resultId"),
            bot: Bot {
                version: value.text_or("typebot/version", "6"),
                theme: value.at("typebot/theme").clone(),
                settings: value.at("typebot/settings").clone(),
            },
            published_at: value.text("typebot/publishedAt"),
            reply: ChatReply::read(value),
        })
    }
}

impl ChatReply {
    /// Reads the answer to a reply. What cannot be read is left out.
    pub fn read(value: &Value) -> Self {
        Self {
            messages: value
                .list("messages")
                .iter()
                .filter_map(Message::read)
                .collect(),
            input: Input::read(value.at("input")),
            actions: value
                .list("clientSideActions")
                .iter()
                .map(Action::read)
                .collect(),
            last_answer: value.text("lastMessageNewFormat"),
            progress: value.number("progress"),
            host_avatar: value.text("dynamicTheme/hostAvatarUrl"),
            guest_avatar: value.text("dynamicTheme/guestAvatarUrl"),
        }
    }
}
