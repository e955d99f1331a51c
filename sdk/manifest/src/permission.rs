//! What a component must be allowed to do.

use serde::{Deserialize, Serialize};

/// One thing the operator grants or refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// What is asked for.
    #[serde(flatten)]
    pub kind: PermissionKind,
    /// Why, in plain words, for the operator.
    pub reason: String,
}

/// What a component can ask for. Logging, the clock, randomness and giving its text as it comes
/// need no grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PermissionKind {
    /// Requests to these hosts: `api.example.com`, `*.example.com`, or `{field}` for the host in a
    /// public field of the chosen credential.
    Network {
        /// The patterns.
        hosts: Vec<String>,
    },
    /// Requests to the hosts that the bot's builder writes in the options.
    OptionHosts,
    /// Scripts of these origins (`https://js.example.com`) on the page that visitors chat in, for
    /// bots that use the block. They can do there whatever the page can.
    PageScripts {
        /// The origins.
        origins: Vec<String>,
    },
    /// All answers and variables of the conversation.
    Submission,
    /// Runs JavaScript of the bot's builder in the script sandbox.
    Scripts,
    /// Keeps small values between calls.
    State,
    /// Saves and reads files of the conversation.
    Files,
    /// Sends mail.
    Mail,
    /// Has the host compute an HMAC with a secret field.
    Hmac,
    /// Has the host sign a JWT with a secret field.
    SignJwt,
    /// Has the host compare a value with a secret field.
    CompareSecret,
    /// Reads the plain value of secret fields.
    Reveal,
}

impl Permission {
    /// A permission and why it is needed.
    pub fn new(kind: PermissionKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}
