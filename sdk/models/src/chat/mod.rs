//! Chat completions: the model writes the next message, and may call tools on its way.

mod messages;
mod options;
mod reader;
mod request;

use serde_json::{Value, json};
use talkloom_block::{Call, Failure, log};

pub use messages::{in_turn, plain, texts, user};
pub use options::{ChatCompletion, Item, Mapping, Message, Role, Speaker};
pub use reader::{Reader, Reply};
pub use request::body;

use crate::tools::{self, Tool};
use crate::{Service, Voice, voice};

/// How often the model is asked for one answer: between two requests it calls tools.
const ROUNDS: usize = 6;
/// What is counted, by the protocol's names.
const COUNTS: [&str; 3] = ["total_tokens", "prompt_tokens", "completion_tokens"];

/// An answer, of one request or several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    /// The text.
    pub content: String,
    /// What was counted; null where nothing was.
    pub usage: Value,
}

impl Completion {
    /// A part of it for a variable.
    pub fn item(&self, item: Option<Item>) -> Value {
        match item.unwrap_or_default() {
            Item::MessageContent => Value::from(self.content.as_str()),
            Item::TotalTokens => self.usage["total_tokens"].clone(),
            Item::PromptTokens => self.usage["prompt_tokens"].clone(),
            Item::CompletionTokens => self.usage["completion_tokens"].clone(),
        }
    }
}

/// Has the model write the next message, and keeps what the options say of it.
///
/// # Errors
/// When there is nothing to ask, or no answer at all.
pub fn complete(
    service: &Service,
    usual_model: &str,
    options: &ChatCompletion,
    call: &mut Call,
) -> Result<(), Failure> {
    let body = request::of_options(options, usual_model, call)?;
    let completion = converse(service, body, &options.tools, call)?;
    for mapping in &options.response_mapping {
        if let Some(variable) = &mapping.variable_id {
            call.set(variable, completion.item(mapping.item));
        }
    }
    Ok(())
}

/// Asks, runs the tools that the model calls, and asks again with their results.
///
/// # Errors
/// When there is no answer at all.
pub fn converse(
    service: &Service,
    mut body: Value,
    tools: &[Tool],
    call: &mut Call,
) -> Result<Completion, Failure> {
    let mut voice = Voice::default();
    let mut usage = Value::Null;
    for round in 1..=ROUNDS {
        let Some(reply) = ask(service, &body, &mut voice)? else {
            break;
        };
        add(&mut usage, &reply.usage);
        if reply.is_filtered && voice.text().is_empty() {
            return Err(Failure::other(
                "The model's service held the answer back: its content filter did not let it pass.",
            ));
        }
        if reply.calls.is_empty() {
            break;
        }
        if round == ROUNDS {
            let message = "The model kept calling tools, so its answer ended here.";
            log::say(log::Level::Warning, message);
            break;
        }
        voice.pause();
        let results = reply.calls.iter().map(|asked| {
            let result = tools::run(tools, asked, call);
            json!({ "role": "tool", "tool_call_id": asked.id, "content": result })
        });
        let results: Vec<_> = results.collect();
        if let Some(messages) = body["messages"].as_array_mut() {
            messages.push(reply.message());
            messages.extend(results);
        }
    }
    let content = voice.into_text();
    Ok(Completion { content, usage })
}

/// The model's reply, whole or in parts as the service gives it; none where it broke off.
fn ask(service: &Service, body: &Value, voice: &mut Voice) -> Result<Option<Reply>, Failure> {
    let mut response = match service.post("/chat/completions", body) {
        Ok(response) => response,
        Err(failure) => return voice.break_off(failure).map(|()| None),
    };
    if voice::is_stream(&response) {
        let reader = voice.repeat::<Reader>(&mut response)?;
        return Ok(reader.map(Reader::finish));
    }
    let reply = Reply::parse(&response.bytes()?)?;
    voice.say(&reply.content);
    Ok(Some(reply))
}

/// Rounds are counted together.
fn add(usage: &mut Value, more: &Value) {
    for name in COUNTS {
        if let Some(count) = more[name].as_u64() {
            let before = usage[name].as_u64().unwrap_or_default();
            usage[name] = json!(before.saturating_add(count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_counted_together() {
        let mut usage = Value::Null;
        add(
            &mut usage,
            &json!({ "total_tokens": 5, "prompt_tokens": 3 }),
        );
        add(&mut usage, &Value::Null);
        add(&mut usage, &json!({ "total_tokens": 7 }));
        let completion = Completion {
            content: "It rains.".to_owned(),
            usage,
        };
        assert_eq!(completion.item(None), json!("It rains."));
        assert_eq!(completion.item(Some(Item::TotalTokens)), json!(12));
        assert_eq!(completion.item(Some(Item::PromptTokens)), json!(3));
        assert_eq!(completion.item(Some(Item::CompletionTokens)), Value::Null);
    }
}
