//! What the bot's builder sets.

use talkloom_block::prelude::*;

/// What to send, and what to keep of the answer.
#[options]
pub struct Options {
    /// The request. Nothing happens without one.
    #[field(label = "Request")]
    pub webhook: Option<Webhook>,
    /// Sends the body below; otherwise all answers and variables are sent.
    #[field(label = "Custom body")]
    pub is_custom_body: bool,
    /// The visitor's page sends the request instead of the server.
    #[field(label = "Execute on client")]
    pub is_executed_on_client: bool,
    /// The longest wait for an answer, in seconds.
    #[field(label = "Timeout (s)", minimum = 1, maximum = 120)]
    pub timeout: Number,
    /// Which parts of the answer go into variables.
    #[field(label = "Save in variables", accordion = "Save in variables")]
    pub response_variable_mapping: Vec<Mapping>,
}

/// A request.
#[options]
pub struct Webhook {
    /// The address.
    #[field(label = "URL", placeholder = "https://…")]
    pub url: Option<String>,
    /// The method; `POST` if none is chosen.
    #[field(label = "Method", choices = [
        "POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", "CONNECT", "OPTIONS", "TRACE"
    ])]
    pub method: Option<String>,
    /// What is added to the address after a question mark.
    #[field(label = "Query parameters", accordion = "Query parameters")]
    pub query_params: Vec<Pair>,
    /// What is said of the request.
    #[field(label = "Headers", accordion = "Headers")]
    pub headers: Vec<Pair>,
    /// The body, often JSON; texts put into it are escaped.
    #[field(label = "Body", input = "code", interpolate = "json")]
    pub body: Option<String>,
}

/// A key and its value.
#[options]
pub struct Pair {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
}

/// A part of the answer and the variable that receives it.
#[options]
pub struct Mapping {
    /// JavaScript with `data` and `statusCode`, such as `data.items[0].name`.
    #[field(label = "Path", input = "code", placeholder = "data.name")]
    pub body_path: Option<String>,
    /// The variable.
    #[field(label = "Variable")]
    pub variable_id: Option<Variable>,
}

impl Pair {
    /// Key and value, where both are filled in.
    pub fn filled(&self) -> Option<(&str, &str)> {
        let key = self.key.as_deref().filter(|key| !key.is_empty())?;
        let value = self.value.as_deref().filter(|value| !value.is_empty())?;
        Some((key, value))
    }
}
