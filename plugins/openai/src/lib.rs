//! Block: OpenAI, and every service that speaks its protocols.
//!
//! The key never comes here: the host adds it to requests for the credential's own host.

mod account;
mod ask_model;
mod assistant;
mod chat;
mod legacy;
mod multipart;
mod speech;
mod transcription;

use talkloom_block::manifest::{BlockType, Limits, PermissionKind};
use talkloom_block::prelude::*;

const CREATE_CHAT_COMPLETION: &str = "Create chat completion";
const ASK_MODEL: &str = "Ask Model";
const GENERATE_VARIABLES: &str = "Generate variables";
const CREATE_SPEECH: &str = "Create speech";
const CREATE_TRANSCRIPTION: &str = "Create transcription";
const ASK_ASSISTANT: &str = "Ask Assistant";
/// Long answers take minutes.
const WALL_MS: u32 = 300_000;

talkloom_block::block!(
    described()
        .action(
            Action::new(CREATE_CHAT_COMPLETION, chat::create_chat_completion)
                .help("Has the model write the next message.")
                .choices("model", chat::models)
                .streams()
        )
        .action(
            Action::new(ASK_MODEL, ask_model::ask_model)
                .help(
                    "Asks a model that remembers the conversation and can search files and the web."
                )
                .choices("model", chat::models)
                .streams()
        )
        .action(
            Action::new(GENERATE_VARIABLES, chat::generate_variables)
                .help("Has the model fill variables.")
                .choices("model", chat::models)
        )
        .action(
            Action::new(CREATE_SPEECH, speech::create_speech)
                .help("Has a text spoken.")
                .choices("model", speech::models)
                .choices("voice", speech::voices)
        )
        .action(
            Action::new(CREATE_TRANSCRIPTION, transcription::create_transcription)
                .help("Turns a recording into text.")
                .choices("model", transcription::models)
        )
        .action(
            Action::new(ASK_ASSISTANT, assistant::ask_assistant)
                .help("No longer offered by OpenAI: use Ask Model.")
                .hidden()
        )
        .action(
            Action::new(legacy::ACTION, legacy::run)
                .help("What blocks of old bots do.")
                .streams()
                .hidden()
        )
);

fn described() -> Plugin {
    Plugin::new("talkloom/openai", "OpenAI")
        .help("Answers with a language model, fills variables, speaks and listens.")
        .icon(include_str!("icon.svg"))
        .credential(account::credential())
        .permission(
            PermissionKind::Network {
                hosts: vec!["{baseUrl}".to_owned()],
            },
            "It sends the conversation to the model at the credential's address.",
        )
        .permission(
            PermissionKind::OptionHosts,
            "It sends the conversation to the address in the block's settings, without a key, and \
             loads the recordings that are to be written down.",
        )
        .permission(
            PermissionKind::Scripts,
            "It runs the code of tools that the bot's builder wrote, when the model calls them.",
        )
        .permission(
            PermissionKind::Files,
            "It saves what is spoken, and reads the recordings of the conversation.",
        )
        .limits(Limits {
            wall_ms: Some(WALL_MS),
            ..Limits::default()
        })
        .block(block(
            "openai",
            &[
                CREATE_CHAT_COMPLETION,
                ASK_MODEL,
                GENERATE_VARIABLES,
                CREATE_SPEECH,
                CREATE_TRANSCRIPTION,
                ASK_ASSISTANT,
            ],
        ))
        .block(BlockType {
            help: Some("The OpenAI block of bots from before version 6.".to_owned()),
            default_action: Some(legacy::ACTION.to_owned()),
            ..block(legacy::BLOCK_TYPE, &[legacy::ACTION])
        })
}

fn block(block_type: &str, actions: &[&str]) -> BlockType {
    BlockType {
        block_type: block_type.to_owned(),
        name: "OpenAI".to_owned(),
        help: None,
        icon: None,
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        default_action: None,
        credential: Some(account::KIND.to_owned()),
    }
}
