//! A recorded conversation becomes a saved one.

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use talkloom_engine::effect::{Effect, EffectResult, FlowLink, PreparedInput};
use talkloom_engine::journal::Input;
use talkloom_engine::message::{Start, TextFormat};
use talkloom_engine::replay::{Asked, Replay, TurnView};

use super::saved::{Expected, ExpectedInput, SavedConversation, SavedEffect, SavedStep};
use crate::conversation::Recording;

/// Makes a saved conversation of a recorded one.
pub fn save(recording: &Recording, title: String, bot: String) -> Result<SavedConversation> {
    let mut replay = Replay::new(&recording.library);
    let mut start = Start::default();
    let mut steps = Vec::new();
    for turn in &recording.turns {
        let before = replay.state().cloned();
        if matches!(turn.entry.input, Input::Update { .. }) {
            // The bot is another one from here on: what follows cannot be in the same test.
            break;
        }
        let (asked, ended) = replay.turn(&turn.entry)?;
        let view = TurnView::of_end(&recording.library, before.as_ref(), &ended);
        let visitor = match &turn.entry.input {
            Input::Start { start: begun, .. } => {
                start = (**begun).clone();
                None
            }
            Input::Reply(reply) => {
                let hosts = reply.own_hosts.iter();
                let new = hosts.filter(|host| !start.own_hosts.contains(host));
                let new: Vec<_> = new.cloned().collect();
                start.own_hosts.extend(new);
                reply.message.clone()
            }
            Input::Update { .. } => None,
        };
        let effects = asked.into_iter().filter_map(saved_effect);
        steps.push(SavedStep {
            visitor,
            effects: effects.collect::<Result<_>>()?,
            expect: expected(view),
        });
    }
    Ok(SavedConversation {
        title,
        bot: Some(bot),
        links: Default::default(),
        start: start_keys(start)?,
        steps,
    })
}

/// What differs from an ordinary start.
fn start_keys(start: Start) -> Result<Map<String, Value>> {
    let start = Start {
        text_format: TextFormat::default(),
        ..start
    };
    let ordinary = serde_json::to_value(Start::default())?;
    let Value::Object(mut keys) = serde_json::to_value(start)? else {
        return Ok(Map::new());
    };
    keys.retain(|key, value| ordinary.get(key) != Some(value));
    Ok(keys)
}

/// None for what a run finds by itself.
fn saved_effect(asked: Asked) -> Option<Result<SavedEffect>> {
    let mut saved = SavedEffect::default();
    match asked.effect {
        Effect::LoadFlow(FlowLink::Version(_)) => return None,
        Effect::LoadFlow(FlowLink::Bot(bot)) => saved.link = Some(bot),
        Effect::Evaluate(script) => saved.script = Some(script.code),
        Effect::CallBlock(call) | Effect::TakeStreamed(call) => {
            saved.call = Some(call.block_type);
            saved.action = Some(call.action);
            saved.options = Some(call.options);
        }
        Effect::PrepareInput(call) => {
            saved.prepare = Some(call.block_type);
            saved.options = Some(call.options);
        }
        Effect::AcceptInput(given) => {
            saved.accept = Some(given.call.block_type);
            saved.options = Some(given.call.options);
        }
        Effect::Now | Effect::NewId | Effect::Random | Effect::AddressListeners { .. } => {}
    }
    Some(with_result(saved, asked.result))
}

fn with_result(mut saved: SavedEffect, result: EffectResult) -> Result<SavedEffect> {
    match result {
        EffectResult::Now(ms) => saved.now = Some(ms),
        EffectResult::Id(id) => saved.id = Some(id),
        EffectResult::Addresses(addresses) => saved.addresses = Some(addresses),
        EffectResult::Random(number) => saved.random = Some(number),
        EffectResult::Flow(Some(_)) => {}
        EffectResult::Flow(None) => saved.gives = Some(Value::Bool(false)),
        EffectResult::Evaluated(Ok(done)) => saved.gives = Some(json_of(&done)?),
        EffectResult::Evaluated(Err(error)) => saved.fails = Some(json_of(&error)?),
        // What only the page needs may be a secret of this one visitor, and no test looks at it.
        EffectResult::Prepared(Ok(prepared)) => {
            saved.gives = Some(json_of(&PreparedInput {
                shown: Value::Null,
                ..prepared
            })?);
        }
        EffectResult::Called(Ok(outcome)) | EffectResult::Accepted(Ok(outcome)) => {
            saved.gives = Some(json_of(&outcome)?);
        }
        EffectResult::Prepared(Err(failure))
        | EffectResult::Called(Err(failure))
        | EffectResult::Accepted(Err(failure)) => saved.fails = Some(json_of(&failure)?),
    }
    Ok(saved)
}

fn json_of(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).context("An effect cannot be written.")
}

fn expected(view: TurnView) -> Expected {
    let filled = |list: Vec<Value>| Some(list).filter(|list| !list.is_empty());
    Expected {
        bot: Some(view.bot),
        input: view.input.map(|input| {
            if input.choices.is_empty() {
                ExpectedInput::Type(input.r#type)
            } else {
                ExpectedInput::Choices {
                    r#type: input.r#type,
                    choices: input.choices,
                }
            }
        }),
        actions: filled(view.actions),
        understood: view.understood,
        variables: view.variables,
        branch: Some(view.branch).filter(|edges| !edges.is_empty()),
        ends: view.ends.then_some(true),
        refused: view.refused,
    }
}
