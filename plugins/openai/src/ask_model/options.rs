//! What the bot's builder sets.

use talkloom_block::prelude::*;
use talkloom_models::tools::Tool;

use crate::account::Address;

/// What the model is asked, with which tools, and what is kept of its answer.
#[options]
pub struct AskModel {
    /// The model that answers.
    #[field(label = "Model", choices, placeholder = "gpt-4o-mini")]
    pub model: Option<String>,
    /// What the visitor says.
    #[field(label = "Message", input = "textarea", placeholder = "{{Message}}")]
    pub message: Option<String>,
    /// How the model is to behave.
    #[field(
        label = "Instructions",
        input = "textarea",
        placeholder = "You are a helpful assistant."
    )]
    pub instructions: Option<String>,
    /// Holds the last response's ID, so that the model remembers the conversation.
    #[field(label = "Response ID")]
    pub response_id_variable_id: Option<Variable>,
    /// Vector stores whose files the model searches.
    #[field(
        label = "Vector store IDs",
        accordion = "File search",
        placeholder = "vs_…",
        item_label = "Add vector store"
    )]
    pub file_search_vector_store_ids: Vec<String>,
    /// How many passages a search gives: 1 to 50.
    #[field(
        label = "Most results",
        accordion = "File search",
        minimum = 1,
        maximum = 50
    )]
    pub file_search_max_num_results: Number,
    /// How well a passage must fit: 0 to 1.
    #[field(
        label = "Lowest score",
        accordion = "File search",
        minimum = 0,
        maximum = 1
    )]
    pub file_search_score_threshold: Number,
    /// The model may search the web.
    #[field(label = "Web search", accordion = "Tools")]
    pub web_search_enabled: Option<bool>,
    /// The model may run Python of its own at the service.
    #[field(label = "Code interpreter", accordion = "Tools")]
    pub code_interpreter_enabled: Option<bool>,
    /// Code that the model may run on its way to an answer.
    #[field(
        label = "Functions",
        accordion = "Functions",
        item_label = "Add function"
    )]
    pub functions: Vec<Tool>,
    /// How free the answer is: 0 keeps to the likely, 2 is wild.
    #[field(
        label = "Temperature",
        accordion = "Advanced settings",
        minimum = 0,
        maximum = 2,
        placeholder = "1"
    )]
    pub temperature: Number,
    /// Where requests go, in old bots.
    #[serde(flatten)]
    pub address: Address,
    /// Which parts of the answer go into variables.
    #[field(
        label = "Save response",
        accordion = "Save response",
        item_label = "Add variable"
    )]
    pub response_mapping: Vec<Mapping>,
}

/// A part of the answer and the variable that receives it.
#[options]
pub struct Mapping {
    /// Which part; the text if none is chosen.
    #[field(label = "Item")]
    pub item: Option<Item>,
    /// The variable.
    #[field(label = "Variable", stream_variable = { "item": ["Message", null] })]
    pub variable_id: Option<Variable>,
}

/// A part of the answer.
#[options]
#[derive(Copy, Eq)]
pub enum Item {
    /// The text.
    #[default]
    Message,
    /// By which the next call goes on with the conversation.
    #[serde(rename = "Response ID")]
    ResponseId,
}
