//! Block: OpenAI, and every service that speaks its chat protocol.
//!
//! The key never comes here: the host adds it to requests for the credential's own host.

mod completion;
mod messages;
mod options;
mod request;

use talkloom_block::manifest::{
    BlockType, CredentialField, CredentialType, Injection, Limits, PermissionKind, Place,
};
use talkloom_block::prelude::*;
use talkloom_block::{http, live, log};

use completion::{Completion, Reader};
use options::ChatCompletion;

const CREDENTIAL: &str = "openai";
const BASE_URL: &str = "https://api.openai.com/v1";
const CREATE_CHAT_COMPLETION: &str = "Create chat completion";
/// Long answers take minutes.
const WALL_MS: u32 = 300_000;

talkloom_block::block!(
    Plugin::new("talkloom/openai", "OpenAI")
        .help("Answers with a language model.")
        .icon(include_str!("icon.svg"))
        .credential(credential())
        .permission(
            PermissionKind::Network {
                hosts: vec!["{baseUrl}".to_owned()]
            },
            "It sends the conversation to the model at the credential's address.",
        )
        .permission(
            PermissionKind::OptionHosts,
            "It sends the conversation to the address in the block's settings, without a key.",
        )
        .limits(Limits {
            wall_ms: Some(WALL_MS),
            ..Limits::default()
        })
        .action(
            Action::new(CREATE_CHAT_COMPLETION, create_chat_completion)
                .help("Has the model write the next message.")
                .streams()
        )
        .block(BlockType {
            block_type: "openai".to_owned(),
            name: "OpenAI".to_owned(),
            help: None,
            icon: None,
            actions: vec![CREATE_CHAT_COMPLETION.to_owned()],
            default_action: None,
            credential: Some(CREDENTIAL.to_owned()),
        })
);

fn credential() -> CredentialType {
    CredentialType {
        kind: CREDENTIAL.to_owned(),
        name: "OpenAI account".to_owned(),
        help: Some("Create a key at https://platform.openai.com/account/api-keys".to_owned()),
        fields: vec![
            CredentialField {
                name: "apiKey".to_owned(),
                label: "API key".to_owned(),
                help: None,
                placeholder: Some("sk-…".to_owned()),
                default: None,
                secret: true,
                required: true,
            },
            CredentialField {
                name: "baseUrl".to_owned(),
                label: "Base URL".to_owned(),
                help: Some("Another service that speaks the same protocol.".to_owned()),
                placeholder: None,
                default: Some(BASE_URL.to_owned()),
                secret: false,
                required: false,
            },
        ],
        injections: vec![Injection {
            hosts: vec!["{baseUrl}".to_owned()],
            place: Place::Header("Authorization".to_owned()),
            template: "Bearer {apiKey}".to_owned(),
        }],
        oauth2: None,
    }
}

fn create_chat_completion(options: ChatCompletion, call: &mut Call) -> Result<(), Failure> {
    let body = request::body(&options, call)?;
    let url = request::url(&options, call.credential.as_ref())?;
    let mut response = http::Request::post_json(url, &body)?.send()?;
    if !response.is_success() {
        return Err(completion::refusal(response.status, &response.text()?));
    }
    let streamed = response
        .header("content-type")
        .is_some_and(|t| t.contains("event-stream"));
    let completion = if streamed {
        stream(&mut response)?
    } else {
        Completion::parse(&response.bytes()?)?
    };
    for mapping in &options.response_mapping {
        if let Some(variable) = &mapping.variable_id {
            call.set(variable, completion.item(mapping.item));
        }
    }
    Ok(())
}

/// Passes the text on as it comes. Where the stream breaks, what came counts.
fn stream(response: &mut http::Response) -> Result<Completion, Failure> {
    let mut reader = Reader::default();
    let broken = loop {
        let part = match response.read() {
            Ok(Some(part)) => part,
            Ok(None) => break None,
            Err(failure) => break Some(failure),
        };
        let (text, failure) = reader.push(&part);
        if !text.is_empty() {
            live::emit(&text);
        }
        if failure.is_some() {
            break failure;
        }
        if reader.is_done() {
            break None;
        }
    };
    let completion = reader.finish();
    match broken {
        Some(failure) if completion.content.is_empty() => return Err(failure),
        Some(failure) => log::write(log::Line {
            level: log::Level::Error,
            message: "The model's answer broke off.".to_owned(),
            detail: Some(failure.to_string()),
        }),
        None => {}
    }
    Ok(completion)
}
