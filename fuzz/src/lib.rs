//! What the fuzz targets share: a bot with every kind of input, and a world that answers.

use std::sync::Arc;

use serde_json::{Value, json};
use talkloom_engine::effect::{Evaluation, FlowRef, PreparedInput};
use talkloom_engine::{Effect, EffectResult, Output, State, Step, Turn};
use talkloom_flow::catalog::Catalog;

/// The catalog of a host without blocks.
#[must_use]
pub fn catalog() -> Arc<Catalog> {
    Arc::new(Catalog::default())
}

/// A document as a version that can be talked to.
#[must_use]
pub fn version(document: Value) -> Option<FlowRef> {
    let (flow, _) = talkloom_flow::open(document).ok()?;
    Some(FlowRef {
        version: "fuzz".to_owned(),
        flow: Some(Arc::new(flow)),
    })
}

/// Drives a turn to its end; none where the request was refused.
#[must_use]
pub fn drive(mut turn: Turn) -> Option<(Output, State)> {
    let mut step = turn.step();
    loop {
        step = match step {
            Step::Perform(effect) => turn.resume(answer(effect)),
            Step::Refuse(_) => return None,
            Step::Wait(output) | Step::End(output) => return Some((output, turn.into_state()?)),
        };
    }
}

/// A world in which nothing changes, code gives its own text, and no other bot exists.
fn answer(effect: Effect) -> EffectResult {
    match effect {
        Effect::Now => EffectResult::Now(1_767_225_600_000),
        Effect::NewId => EffectResult::Id("id".to_owned()),
        Effect::Random => EffectResult::Random(0.5),
        Effect::Evaluate(script) => EffectResult::Evaluated(Ok(Evaluation {
            value: Some(Value::String(script.code)),
            assignments: Vec::new(),
        })),
        Effect::LoadFlow(_) => EffectResult::Flow(None),
        Effect::PrepareInput(_) => EffectResult::Prepared(Ok(PreparedInput {
            shown: json!({"amountLabel": "€5"}),
            ..PreparedInput::default()
        })),
        Effect::CallBlock(_) | Effect::TakeStreamed(_) => {
            EffectResult::Called(Ok(Default::default()))
        }
        Effect::AcceptInput(_) => EffectResult::Accepted(Ok(Default::default())),
        Effect::AddressListeners { blocks, .. } => EffectResult::Addresses(blocks),
    }
}

/// A bot that asks one question of a kind, in a loop, and repeats the answer.
#[must_use]
pub fn asking(input: &Value) -> Value {
    let mut input = input.clone();
    input["id"] = json!("ask");
    input["outgoingEdgeId"] = json!("again");
    json!({
        "version": "6.1", "id": "bot", "name": "Fuzz",
        "events": [{"id": "start", "type": "start", "graphCoordinates": {"x": 0, "y": 0},
            "outgoingEdgeId": "begin"}],
        "groups": [{"id": "g", "title": "Group", "graphCoordinates": {"x": 0, "y": 0}, "blocks": [
            {"id": "say", "type": "text", "content": {"richText": [
                {"type": "p", "children": [{"text": "You said {{Answer}}."}]}]}},
            input]}],
        "edges": [
            {"id": "begin", "from": {"eventId": "start"}, "to": {"groupId": "g"}},
            {"id": "again", "from": {"blockId": "ask"}, "to": {"groupId": "g"}}],
        "variables": [{"id": "answer", "name": "Answer"}],
        "theme": {}, "settings": {}
    })
}

/// Questions of every kind.
#[must_use]
pub fn inputs() -> Vec<Value> {
    let items = json!([
        {"id": "i1", "content": "Yes", "title": "Yes", "value": "y", "pictureSrc": "https://x.y/1.png"},
        {"id": "i2", "content": "No (never)", "title": "No", "description": "…"}]);
    let cards = json!([{"id": "c1", "title": "Card", "paths": [{"id": "p1", "text": "Take"}]}]);
    let kinds = [
        ("text input", json!({})),
        ("number input", json!({"min": 1, "max": "{{Answer}}"})),
        ("email input", json!({})),
        ("url input", json!({})),
        (
            "date input",
            json!({"isRange": true, "hasTime": true, "format": "dd/MM/yyyy HH:mm"}),
        ),
        (
            "date input",
            json!({"format": "yyyy-MM-dd", "min": "2020-01-01"}),
        ),
        ("time input", json!({})),
        ("phone number input", json!({"defaultCountryCode": "FR"})),
        ("choice input", json!({})),
        ("choice input", json!({"isMultipleChoice": true})),
        ("picture choice input", json!({"isMultipleChoice": true})),
        ("rating input", json!({"length": 5})),
        ("file input", json!({"isMultipleAllowed": true})),
        ("cards", json!({})),
    ];
    kinds
        .into_iter()
        .map(|(kind, mut options)| {
            options["variableId"] = json!("answer");
            let items = if kind == "cards" { &cards } else { &items };
            json!({"type": kind, "options": options, "items": items})
        })
        .collect()
}
