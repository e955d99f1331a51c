//! Ask Assistant: the vendor shut the Assistants API down, so bots that used it are told what to
//! use instead. Their settings are kept.

use talkloom_block::prelude::*;

/// Settings of old bots.
#[options]
pub struct AskAssistant {
    /// The assistant.
    #[field(label = "Assistant ID")]
    pub assistant_id: Option<String>,
    /// Held the conversation's thread.
    #[field(label = "Thread ID")]
    pub thread_variable_id: Option<Variable>,
    /// What the visitor says.
    #[field(label = "Message", input = "textarea")]
    pub message: Option<String>,
    /// How the assistant is to behave.
    #[field(label = "Additional instructions", input = "textarea")]
    pub additional_instructions: Option<String>,
    /// Which parts of the answer went into variables.
    #[field(label = "Save response", accordion = "Save response")]
    pub response_mapping: Vec<Mapping>,
}

/// A part of the answer and the variable that received it.
#[options]
pub struct Mapping {
    /// Which part.
    #[field(label = "Item")]
    pub item: Option<String>,
    /// The variable.
    #[field(label = "Variable")]
    pub variable_id: Option<Variable>,
}

/// Says what to use instead.
pub fn ask_assistant(_: AskAssistant, _: &mut Call) -> Result<(), Failure> {
    Err(Failure::other(
        "OpenAI shut down the Assistants API: choose the action “Ask Model” in this block, and copy \
         the assistant's instructions into it.",
    ))
}
