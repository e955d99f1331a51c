//! What goes into and comes out of the calls that are no actions: inputs, choices, webhooks.

use std::sync::Arc;

use serde_json::Value;

use crate::{Abilities, Credential, Log};

/// An input that is ready to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opened {
    /// What the visitor's page needs.
    pub shown: Value,
    /// What accepting the reply needs; it stays in the host.
    pub kept: Value,
    /// Lines for the conversation's log.
    pub logs: Vec<Log>,
}

/// One thing that a field of the options can be set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the field holds then.
    pub value: String,
    /// What people see.
    pub label: String,
    /// The address of a small picture.
    pub icon: Option<String>,
}

/// A request from outside to a block's webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookCall {
    /// The `type` that the block claims in documents.
    pub block_type: String,
    /// The webhook's name.
    pub webhook: String,
    /// The request.
    pub request: WebhookRequest,
    /// The credential that the address belongs to, decrypted.
    pub credential: Option<Credential>,
    /// The workspace that it belongs to; its concurrent calls are counted together.
    pub workspace: String,
    /// What the server does for the block.
    pub abilities: Option<Arc<dyn Abilities>>,
}

/// What came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookRequest {
    /// `POST`, `GET`.
    pub method: String,
    /// What follows the webhook's own address.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
    /// The headers in order, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a webhook made of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Received {
    /// What happened.
    pub events: Vec<Event>,
    /// The answer.
    pub response: WebhookResponse,
    /// Lines for the server's log.
    pub logs: Vec<Log>,
}

/// Something that happened elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// Unique per event, where the sender says so.
    pub id: Option<String>,
    /// What happened.
    pub name: String,
    /// The result that a conversation waits with.
    pub correlation: Option<String>,
    /// What is known of it.
    pub data: Value,
}

/// The answer to a request from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookResponse {
    /// The status: 200 to 599.
    pub status: u16,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}
