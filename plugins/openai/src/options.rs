//! What the bot's builder sets.

use talkloom_block::prelude::*;

/// What the model is told, and what is kept of its answer.
#[options]
pub struct ChatCompletion {
    /// The model; `gpt-4o-mini` if none is named.
    #[field(label = "Model", placeholder = "gpt-4o-mini")]
    pub model: Option<String>,
    /// The conversation so far.
    #[field(label = "Messages", accordion = "Messages")]
    pub messages: Vec<Message>,
    /// How free the answer is: 0 keeps to the likely, 2 is wild.
    #[field(
        label = "Temperature",
        accordion = "Advanced settings",
        minimum = 0,
        maximum = 2
    )]
    pub temperature: Number,
    /// A server that needs no account, such as one of your own.
    #[field(
        label = "Base URL",
        accordion = "Advanced settings",
        placeholder = "https://models.example.com/v1"
    )]
    pub base_url: Option<String>,
    /// The version that some services want in the address.
    #[field(label = "API version", accordion = "Advanced settings")]
    pub api_version: Option<String>,
    /// Which parts of the answer go into variables.
    #[field(label = "Save response", accordion = "Save response")]
    pub response_mapping: Vec<Mapping>,
}

/// A message, or a variable that holds a whole dialogue.
#[options]
pub struct Message {
    /// Who says it.
    #[field(label = "Role")]
    pub role: Option<Role>,
    /// What is said.
    #[field(label = "Content", input = "textarea")]
    pub content: Option<String>,
    /// A list with what the visitor and the model said in turn.
    #[field(label = "Dialogue", shown_for = { "role": ["Dialogue"] })]
    pub dialogue_variable_id: Option<Variable>,
    /// Who said the first of it.
    #[field(label = "Starts by", shown_for = { "role": ["Dialogue"] })]
    pub starts_by: Option<Speaker>,
}

/// Who says a message.
#[options]
#[derive(Copy)]
pub enum Role {
    /// The bot's builder, to the model.
    #[serde(rename = "system")]
    System,
    /// The visitor.
    #[default]
    #[serde(rename = "user")]
    User,
    /// The model.
    #[serde(rename = "assistant")]
    Assistant,
    /// The visitor and the model in turn.
    Dialogue,
}

/// One of the two in a dialogue.
#[options]
#[derive(Copy, Eq)]
pub enum Speaker {
    /// The visitor.
    #[default]
    #[serde(rename = "user")]
    User,
    /// The model.
    #[serde(rename = "assistant")]
    Assistant,
}

/// A part of the answer and the variable that receives it.
#[options]
pub struct Mapping {
    /// Which part; the text if none is chosen.
    #[field(label = "Item")]
    pub item: Option<Item>,
    /// The variable.
    #[field(label = "Variable", stream_variable = { "item": ["Message content", null] })]
    pub variable_id: Option<Variable>,
}

/// A part of the answer.
#[options]
#[derive(Copy, Eq)]
pub enum Item {
    /// The text.
    #[default]
    #[serde(rename = "Message content")]
    MessageContent,
    /// What was counted, asked and answered together.
    #[serde(rename = "Total tokens")]
    TotalTokens,
    /// What was asked.
    #[serde(rename = "Prompt tokens")]
    PromptTokens,
    /// What was answered.
    #[serde(rename = "Completion tokens")]
    CompletionTokens,
}
