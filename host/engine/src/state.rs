//! What a conversation keeps between two turns. It is small: the document is not in it.

use crate::effect::BlockCall;
use crate::message::{Contact, TextFormat};
use serde::{Deserialize, Serialize};
use talkloom_flow::VariableValue;

/// The form of [`State`] that this version writes.
pub const STATE_FORMAT: u32 = 2;

/// A waiting conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// The form of this state.
    pub format: u32,
    /// The running bot first, then the bots that wait for it.
    pub frames: Vec<Frame>,
    /// The block that waits for a reply; none: the next reply begins the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_block: Option<String>,
    /// Where a `Return` block leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_mark: Option<ReturnMark>,
    /// Whether the visitor's page can show an answer word by word.
    #[serde(skip_serializing_if = "is_false")]
    pub streams: bool,
    /// How texts are written unless a reply asks otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub text_format: TextFormat,
    /// The call whose answer the visitor's page asks for word by word, while it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaited_stream: Option<BlockCall>,
    /// Inputs that a block stands behind and that wait for a reply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opened_inputs: Vec<OpenedInput>,
    /// Who is on the other side.
    #[serde(skip_serializing_if = "is_default")]
    pub contact: Contact,
    /// How many inputs were answered.
    #[serde(skip_serializing_if = "is_default")]
    pub answered: u32,
    /// The next place among the visited edges.
    #[serde(skip_serializing_if = "is_default")]
    pub next_edge: u32,
    /// The next place among the variable changes.
    #[serde(skip_serializing_if = "is_default")]
    pub next_change: u32,
    /// What was said so far; kept only for bots that ask for a transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<TranscriptLine>>,
}

/// An input that a block stands behind, while it waits for a reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedInput {
    /// The call that prepared it.
    pub call: BlockCall,
    /// What the block kept. What only the page needs is not in the state.
    pub kept: serde_json::Value,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl State {
    /// The versions of the bots that the next turn needs, the running one first.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().map(|frame| frame.version.as_str())
    }

    /// The version the conversation began with.
    pub fn root_version(&self) -> Option<&str> {
        self.frames.last().map(|frame| frame.version.as_str())
    }

    /// The result of the conversation; none in a preview.
    pub fn root_result(&self) -> Option<&str> {
        self.frames.last()?.result.as_deref()
    }

    /// The result of the bot that runs now; none in a preview.
    pub fn running_result(&self) -> Option<&str> {
        self.frames.first()?.result.as_deref()
    }

    /// The call whose answer the visitor's page asks for word by word: variables stand in its
    /// options already. None while nothing is streamed.
    pub fn awaited_stream(&self) -> Option<&BlockCall> {
        self.awaited_stream.as_ref()
    }

    /// The bot that runs now.
    pub fn running_bot(&self) -> Option<&str> {
        self.frames.first().map(|frame| frame.bot.as_str())
    }
}

/// One running or waiting bot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Frame {
    /// The version of the document.
    pub version: String,
    /// The bot.
    pub bot: String,
    /// The result that records belong to; none in a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Variables that differ from the document, in the order of their last change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<ChangedVariable>,
    /// Answers by their key, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<KeyedAnswer>,
    /// Edges to follow when the path ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<Way>,
    /// Whether variables and answers go back to the bot that waits.
    #[serde(skip_serializing_if = "is_false")]
    pub is_merging: bool,
}

/// A variable that differs from the document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "PackedVariable", into = "PackedVariable")]
pub struct ChangedVariable {
    /// The id.
    pub id: String,
    /// The name, of a variable that came from a linked bot.
    pub name: Option<String>,
    /// The value; none where a variable has none though the document gives one.
    pub value: Option<VariableValue>,
    /// Whether it became one that no result keeps.
    pub session_only: bool,
}

/// How a changed variable is stored: mostly as its id and its value.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PackedVariable {
    Plain(String, VariableValue),
    Special {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// No value, or one.
        value: Vec<VariableValue>,
        #[serde(default, skip_serializing_if = "is_false")]
        session_only: bool,
    },
}

impl From<ChangedVariable> for PackedVariable {
    fn from(variable: ChangedVariable) -> Self {
        match variable {
            ChangedVariable {
                id,
                name: None,
                value: Some(value),
                session_only: false,
            } => Self::Plain(id, value),
            ChangedVariable {
                id,
                name,
                value,
                session_only,
            } => Self::Special {
                id,
                name,
                value: value.into_iter().collect(),
                session_only,
            },
        }
    }
}

impl From<PackedVariable> for ChangedVariable {
    fn from(packed: PackedVariable) -> Self {
        match packed {
            PackedVariable::Plain(id, value) => Self {
                id,
                value: Some(value),
                ..Self::default()
            },
            PackedVariable::Special {
                id,
                name,
                value,
                session_only,
            } => Self {
                id,
                name,
                value: value.into_iter().next(),
                session_only,
            },
        }
    }
}

/// An answer as results and requests name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, String)", into = "(String, String)")]
pub struct KeyedAnswer {
    /// The variable's name, or the group's title.
    pub key: String,
    /// The answer.
    pub value: String,
}

impl From<(String, String)> for KeyedAnswer {
    fn from((key, value): (String, String)) -> Self {
        Self { key, value }
    }
}

impl From<KeyedAnswer> for (String, String) {
    fn from(answer: KeyedAnswer) -> Self {
        (answer.key, answer.value)
    }
}

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// Along an edge of the document.
    Edge(String),
    /// To a group, or to a block within it, without an edge.
    #[serde(rename_all = "camelCase")]
    Place {
        /// The group.
        group: String,
        /// The block to begin at.
        #[serde(skip_serializing_if = "Option::is_none")]
        block: Option<String>,
    },
}

/// Where a `Return` block leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnMark {
    /// The block to go on with.
    pub block: String,
    /// Whether the return has happened and the message is about to be answered again.
    pub is_called: bool,
    /// The reply to answer again once there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<crate::message::Message>,
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptLine {
    /// Whether the visitor said it.
    pub is_user: bool,
    /// What was said.
    pub text: String,
}
