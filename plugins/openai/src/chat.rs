//! Create chat completion, and Generate variables: what all services of the protocol have.

use talkloom_block::Choice;
use talkloom_block::prelude::*;
use talkloom_models::list;
use talkloom_models::{ChatCompletion, GenerateVariables};

use crate::account::Address;

const MODEL: &str = "gpt-4o-mini";

/// A chat completion, with the address that old bots name.
#[options]
pub struct CreateChatCompletion {
    /// What the model is told, and what is kept of its answer.
    #[serde(flatten)]
    pub chat: ChatCompletion,
    /// Where requests go, in old bots.
    #[serde(flatten)]
    pub address: Address,
}

/// Variables that a model fills, with the address that old bots name.
#[options]
pub struct Generate {
    /// What the model is asked, and the variables.
    #[serde(flatten)]
    pub variables: GenerateVariables,
    /// Where requests go, in old bots.
    #[serde(flatten)]
    pub address: Address,
}

/// Has the model write the next message.
pub fn create_chat_completion(
    options: CreateChatCompletion,
    call: &mut Call,
) -> Result<(), Failure> {
    let service = options.address.service(call.credential.as_ref())?;
    talkloom_models::complete(&service, MODEL, &options.chat, call)
}

/// Has the model fill variables.
pub fn generate_variables(options: Generate, call: &mut Call) -> Result<(), Failure> {
    let service = options.address.service(call.credential.as_ref())?;
    talkloom_models::generate(&service, MODEL, &options.variables, call)
}

/// The models that write.
pub fn models(options: Address, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    list::writing(&options.service(call.credential.as_ref())?)
}
