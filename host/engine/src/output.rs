//! What a turn gives: the reply that the visitor's page gets, and the records to store.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The end of one turn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// What the visitor's page gets.
    pub reply: ChatReply,
    /// What is to be stored, in order, in the turn's transaction.
    pub records: Vec<Record>,
    /// What [`crate::Turn::fill`] was asked for.
    pub filled: Option<Value>,
}

/// The chat API's answer to a start or a reply, without what the server adds (ids, theme).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatReply {
    /// Bubbles in order: `{id, type, content}`.
    pub messages: Vec<Value>,
    /// The input that is now awaited: the block itself, templated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What the page is to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_side_actions: Vec<Value>,
    /// For the bot's builder; the server filters them for live visitors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogLine>,
    /// The avatars that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_theme: Option<Value>,
    /// The last answer as it was understood, when that differs from what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_new_format: Option<String>,
    /// 0 to 100, with a progress bar only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
}

/// A line of a conversation's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `error`, `warning`, `info` or `success`.
    pub status: String,
    /// One sentence.
    pub description: String,
    /// More, at most 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Where it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// One thing to store. `result` is the id of the result it belongs to (a linked bot may have one
/// of its own); a preview stores nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An accepted answer; repeated answers to one block are further rows.
    Answer {
        /// The result.
        result: String,
        /// The input block.
        block: String,
        /// As it was understood.
        content: String,
        /// Addresses of attached files.
        attached_file_urls: Vec<String>,
    },
    /// An edge off the default path.
    VisitedEdge {
        /// The result.
        result: String,
        /// Its place among the result's edges, from 0.
        index: u32,
        /// The edge.
        edge: String,
    },
    /// A variable that a bubble or a condition shows was set.
    VariableSet {
        /// The result.
        result: String,
        /// Its place among the result's changes, from 0.
        index: u32,
        /// The block that set it.
        block: String,
        /// The block's place in its group.
        block_index: u32,
        /// The variable.
        variable: String,
        /// The new value.
        value: Value,
    },
    /// A line of the log.
    Log {
        /// The result.
        result: String,
        /// The line.
        line: LogLine,
    },
    /// How the result stands after the turn.
    Result {
        /// The result.
        result: String,
        /// The bot it belongs to.
        bot: String,
        /// All variables that have a value and are not for the session only: `[{id,name,value}]`.
        variables: Value,
        /// At least one answer was given.
        has_started: bool,
        /// The conversation reached its end; never taken back.
        is_completed: bool,
    },
}
