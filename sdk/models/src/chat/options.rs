//! What the bot's builder sets for a chat completion.

use talkloom_block::prelude::*;

use crate::tools::Tool;

/// What the model is told, and what is kept of its answer.
#[options]
pub struct ChatCompletion {
    /// The model that answers.
    #[field(label = "Model", choices)]
    pub model: Option<String>,
    /// The conversation so far.
    #[field(label = "Messages", accordion = "Messages", item_label = "Add message")]
    pub messages: Vec<Message>,
    /// Code that the model may run on its way to an answer.
    #[field(label = "Tools", accordion = "Tools", item_label = "Add tool")]
    pub tools: Vec<Tool>,
    /// How free the answer is: 0 keeps to the likely, 2 is wild.
    #[field(
        label = "Temperature",
        accordion = "Advanced settings",
        minimum = 0,
        maximum = 2,
        placeholder = "1"
    )]
    pub temperature: Number,
    /// Which parts of the answer go into variables.
    #[field(
        label = "Save response",
        accordion = "Save response",
        item_label = "Add variable"
    )]
    pub response_mapping: Vec<Mapping>,
}

/// A message, or a variable that holds a whole dialogue.
#[options]
pub struct Message {
    /// Who says it.
    #[field(label = "Role")]
    pub role: Option<Role>,
    /// What is said.
    #[field(
        label = "Content",
        input = "textarea",
        placeholder = "Type a message…",
        hidden_for = { "role": ["Dialogue"] }
    )]
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
