//! What goes into a block's call and what comes out of it.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::Abilities;

/// A call of an installed block's action.
#[derive(Debug, Clone, Default)]
pub struct BlockCall {
    /// The `type` that the block claims in documents.
    pub block_type: String,
    /// Exactly this version, by its digest; none: the active one.
    pub digest: Option<String>,
    /// The action.
    pub action: String,
    /// The options after variables were put in.
    pub options: Value,
    /// The credential that the builder chose, decrypted.
    pub credential: Option<Credential>,
    /// What the egress log calls the credential.
    pub credential_id: Option<String>,
    /// How the credential's secrets are made anew where a service refuses them.
    pub renewal: Option<Renewal>,
    /// The variables that the options name; the block may set these and no others.
    pub variables: Vec<Variable>,
    /// All answers and variables; passed on only where the manifest declares it.
    pub submission: Option<Value>,
    /// Where the call comes from.
    pub context: Context,
    /// What the server does for the block; none: values, files and mail are out of its reach.
    pub abilities: Option<Arc<dyn Abilities>>,
}

/// A variable that the options name.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its id in the document.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// A text, a list of texts, or null.
    pub value: Value,
}

/// Where a call comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The workspace; its concurrent calls are counted together.
    pub workspace: String,
    /// The bot.
    pub bot: String,
    /// The result; none in a preview.
    pub result: Option<String>,
    /// How the visitor talks.
    pub channel: Channel,
    /// The visitor's language, as in `Accept-Language`.
    pub locale: Option<String>,
}

/// How the visitor talks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Channel {
    /// A page or an embed.
    #[default]
    Web,
    /// A messaging channel of that name in the bot's file.
    Whatsapp,
    /// A program.
    Api,
    /// Anything else.
    Other,
}

/// A credential with its secret fields; these stay in the host.
#[derive(Debug, Clone, Default)]
pub struct Credential {
    /// The credential type, as the block's manifest names it.
    pub kind: String,
    /// Whose account it is, for people.
    pub account: Option<String>,
    /// Fields that the block may read (a base URL).
    pub fields: BTreeMap<String, String>,
    /// Fields that it may not.
    pub secrets: BTreeMap<String, Secret>,
}

/// A text that is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value into care.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The plain value; whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Makes a credential's secrets anew; asked for at most once in a call, after a 401.
#[derive(Clone)]
pub struct Renewal(Arc<dyn Fn() -> Renewing + Send + Sync>);

/// The fresh secrets; none where there are none to be had.
pub type Renewing = Pin<Box<dyn Future<Output = Option<BTreeMap<String, Secret>>> + Send>>;

impl Renewal {
    /// Makes them with a function.
    pub fn new(renew: impl Fn() -> Renewing + Send + Sync + 'static) -> Self {
        Self(Arc::new(renew))
    }

    pub(crate) async fn renew(&self) -> Option<BTreeMap<String, Secret>> {
        (self.0)().await
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal(…)")
    }
}

/// What a block did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Variable id → new value, in order; only variables of the call.
    pub assignments: Vec<(String, Value)>,
    /// One of the action's exits; none: the block's default edge.
    pub exit: Option<String>,
    /// What the visitor's page is to do, as the chat API writes it.
    pub client_actions: Vec<Value>,
    /// Bubbles, as the chat API writes them.
    pub messages: Vec<Value>,
    /// Lines for the conversation's log.
    pub logs: Vec<Log>,
}

/// A line for the conversation's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// How serious it is.
    pub level: Level,
    /// One sentence.
    pub message: String,
    /// More for whoever looks closer.
    pub detail: Option<String>,
}

/// How serious a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For the block's author.
    Debug,
    /// Something happened.
    Info,
    /// Something worked.
    Success,
    /// Something may be wrong.
    Warning,
    /// Something went wrong.
    Error,
}

impl Level {
    /// The word that logs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// JavaScript of the bot's builder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// The body of a function: its value is what it returns.
    pub code: String,
    /// The function's parameters and their values.
    pub arguments: Vec<(String, Value)>,
    /// Whether the body may `await` (and use `fetch`).
    pub is_async: bool,
    /// The names that `setVariable` accepts.
    pub settable: Vec<String>,
    /// The workspace; its concurrent calls are counted together.
    pub workspace: String,
    /// The bot, for the egress log.
    pub bot: String,
}

/// What a script gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// The returned value as JSON; none for `undefined`.
    pub value: Option<Value>,
    /// Variables set by name, in order.
    pub assignments: Vec<(String, Value)>,
}

/// A script that gave no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScriptError {
    /// The code threw, or could not be parsed; the text is the engine's:
    /// `ReferenceError: x is not defined`.
    #[error("{0}")]
    Exception(String),
    /// The sandbox ended it or could not run it.
    #[error("{0}")]
    Failed(#[from] crate::Failure),
}
