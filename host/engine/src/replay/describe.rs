//! Effects and values in words, for whoever reads a replay.

use crate::effect::{BlockCall, Effect, EffectResult, FlowLink};
use serde_json::Value;
use std::fmt;

/// Letters of a value that are shown.
const LONGEST: usize = 120;

/// What an effect asks for.
pub fn describe(effect: &Effect) -> String {
    match effect {
        Effect::Now => "the time".to_owned(),
        Effect::NewId => "a fresh id".to_owned(),
        Effect::Random => "a random number".to_owned(),
        Effect::Evaluate(script) => format!("the script {}", shorten(&script.code)),
        Effect::LoadFlow(FlowLink::Bot(bot)) => format!("the linked bot {bot}"),
        Effect::LoadFlow(FlowLink::Version(version)) => format!("the version {version}"),
        Effect::CallBlock(call) => describe_call(call),
        Effect::TakeStreamed(call) => format!("what was streamed by {}", describe_call(call)),
        Effect::PrepareInput(call) => format!("what to show for {}", describe_call(call)),
        Effect::AcceptInput(given) => format!(
            "whether “{}” counts for {}",
            shorten(&given.reply),
            describe_call(&given.call)
        ),
        Effect::AddressListeners { blocks, .. } => {
            format!("the addresses of the listeners {}", blocks.join(", "))
        }
    }
}

fn describe_call(call: &BlockCall) -> String {
    let BlockCall {
        block_id,
        block_type,
        action,
        options,
        ..
    } = call;
    let options = shorten(&options.to_string());
    format!("the block {block_type} ({block_id}), action {action}, with {options}")
}

/// A result in words, shortened.
#[derive(Debug, Clone, Copy)]
pub struct Shortened<'r>(pub &'r EffectResult);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            EffectResult::Now(ms) => f.write_str(&crate::datetime::iso(*ms)),
            EffectResult::Id(id) => f.write_str(id),
            EffectResult::Random(number) => write!(f, "{number}"),
            EffectResult::Evaluated(Ok(evaluation)) => {
                let value = evaluation.value.as_ref();
                let value = value.map_or_else(|| "undefined".to_owned(), Value::to_string);
                f.write_str(&shorten(&value))?;
                for (name, value) in &evaluation.assignments {
                    write!(f, ", {name} = {}", shorten(&value.to_string()))?;
                }
                Ok(())
            }
            EffectResult::Evaluated(Err(error)) => write!(f, "failed: {}", shorten(&error.message)),
            EffectResult::Flow(Some(linked)) => write!(f, "version {}", linked.version),
            EffectResult::Flow(None) => f.write_str("not found"),
            EffectResult::Called(Ok(outcome)) | EffectResult::Accepted(Ok(outcome)) => {
                let json = serde_json::to_string(outcome).map_err(|_| fmt::Error)?;
                f.write_str(&shorten(&json))
            }
            EffectResult::Addresses(addresses) => f.write_str(&shorten(&addresses.join(", "))),
            // What the page needs may be a secret of this one visitor.
            EffectResult::Prepared(Ok(_)) => f.write_str("ready to be shown"),
            EffectResult::Called(Err(failure))
            | EffectResult::Prepared(Err(failure))
            | EffectResult::Accepted(Err(failure)) => {
                write!(
                    f,
                    "failed: {} ({})",
                    shorten(&failure.message),
                    failure.code
                )
            }
        }
    }
}

/// The beginning of a text on one line.
pub fn shorten(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
