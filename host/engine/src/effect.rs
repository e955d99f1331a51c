//! What a conversation asks of the world, and the answers it gets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that is not pure and that the caller does for the conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The time. Answered by [`EffectResult::Now`].
    Now,
    /// A fresh, unguessable id (cuid2). Answered by [`EffectResult::Id`].
    NewId,
    /// A uniform number in `[0, 1)`. Answered by [`EffectResult::Random`].
    Random,
    /// Run JavaScript in the script sandbox. Answered by [`EffectResult::Evaluated`].
    Evaluate(Script),
    /// Load a version of a linked bot. Answered by [`EffectResult::Flow`].
    LoadFlow(FlowLink),
    /// Call an installed block's action. Answered by [`EffectResult::Called`].
    CallBlock(BlockCall),
    /// What a call did whose answer the visitor's page showed word by word, besides that answer.
    /// Answered by [`EffectResult::Called`].
    TakeStreamed(BlockCall),
    /// Prepare an input that an installed block stands behind, before the visitor sees it. Answered
    /// by [`EffectResult::Prepared`].
    PrepareInput(BlockCall),
    /// Give a reply to the block that stands behind an input, before it counts. Answered by
    /// [`EffectResult::Accepted`].
    AcceptInput(Box<InputReply>),
    /// Make the addresses at which programs reach listeners of the running bot. Answered by
    /// [`EffectResult::Addresses`].
    AddressListeners {
        /// The version of the bot.
        version: String,
        /// The blocks' ids.
        blocks: Vec<String>,
    },
}

/// The answer to an [`Effect`]; this is what the journal keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EffectResult {
    /// Milliseconds since 1970, UTC.
    Now(i64),
    /// A fresh id.
    Id(String),
    /// In `[0, 1)`.
    Random(f64),
    /// What the code gave, or how it failed.
    Evaluated(Result<Evaluation, ScriptError>),
    /// The version that was found; none where the bot is missing or not published.
    Flow(Option<FlowRef>),
    /// What the block did, or why it could not.
    Called(Result<BlockOutcome, BlockFailure>),
    /// What an input is shown with, or why it cannot be shown.
    Prepared(Result<PreparedInput, BlockFailure>),
    /// What the block behind an input did with a reply, or why the reply does not count.
    Accepted(Result<BlockOutcome, BlockFailure>),
    /// One address for each listener.
    Addresses(Vec<String>),
}

/// An input that is ready to be shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreparedInput {
    /// What the visitor's page needs: the chat API's `runtimeOptions`.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub shown: Value,
    /// What the block gets again with the reply. It never leaves the server.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub kept: Value,
    /// Lines for the conversation's log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<crate::output::LogLine>,
}

/// A visitor's reply to an input that a block stands behind.
#[derive(Debug, Clone, PartialEq)]
pub struct InputReply {
    /// The call that prepared the input.
    pub call: BlockCall,
    /// What the block kept then.
    pub kept: Value,
    /// The reply.
    pub reply: String,
}

/// Which linked bot to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowLink {
    /// The running version of a bot: published when live, the draft in a preview.
    Bot(String),
    /// Exactly this version: one that a waiting conversation already runs.
    Version(String),
}

/// A loaded version of a bot. Serialised as its id alone; the caller of a replay loads it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FlowRef {
    /// The version's id.
    pub version: String,
    /// The document; absent only in a journal that was just read.
    #[serde(skip)]
    pub flow: Option<std::sync::Arc<talkloom_flow::Flow>>,
}

impl PartialEq for FlowRef {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

/// JavaScript of the bot's builder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The body of a function: its value is what it returns.
    pub code: String,
    /// The function's parameters and their values.
    pub arguments: Vec<(String, Value)>,
    /// Whether the body may `await` (and use `fetch`).
    pub is_async: bool,
    /// The names that `setVariable` accepts.
    pub settable: Vec<String>,
}

/// What a script gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The returned value as JSON; none for `undefined`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::present::deserialize"
    )]
    pub value: Option<Value>,
    /// Variables set by name, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<(String, Value)>,
}

/// A script that threw, ran out of time or memory, or could not be parsed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScriptError {
    /// As the engine words it: `ReferenceError: x is not defined`.
    pub message: String,
}

/// A call of a block's action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockCall {
    /// The document's block.
    pub block_id: String,
    /// The type it has in the document; the bot's lock names the version.
    pub block_type: String,
    /// The action.
    pub action: String,
    /// The options after variables were put in.
    pub options: Value,
    /// The credential that the builder chose.
    pub credentials_id: Option<String>,
    /// The variables that the options name.
    pub variables: Vec<BlockVariable>,
    /// All answers and variables, where the block may read them, in the conversation's order.
    pub submission: Option<Value>,
}

/// A variable that a block's options name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockVariable {
    /// The id in the document.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// A text, a list of texts, or null.
    pub value: Value,
}

/// What a block did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BlockOutcome {
    /// Variable id → new value. Ids that the options do not name are refused by the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<(String, Value)>,
    /// One of the action's exits; none: the block's default edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
    /// What the visitor's page is to do, as the chat API writes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_actions: Vec<Value>,
    /// Bubbles, as the chat API writes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Value>,
    /// Lines for the conversation's log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<crate::output::LogLine>,
}

/// Why a block could not do its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockFailure {
    /// A stable word: `not_installed`, `invalid_options`, `upstream`, `denied`, `timeout`, ….
    pub code: String,
    /// One sentence for the bot's builder.
    pub message: String,
    /// More for whoever looks closer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}
