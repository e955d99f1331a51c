//! A turn as people read it, and as programs do.

use serde_json::{Value, json};
use talkloom_engine::effect::FlowLink;
use talkloom_engine::journal::Input;
use talkloom_engine::message::{Message, Start};
use talkloom_engine::replay::{Asked, Shortened, TurnView, describe, labelled};
use talkloom_engine::{Effect, datetime};

use crate::conversation::RecordedTurn;

/// A turn line by line: what came in, what was asked of the world, what the bot did.
pub fn turn_lines(turn: &RecordedTurn, asked: &[Asked], view: &TurnView) -> Vec<String> {
    let time = datetime::iso(turn.taken_at);
    let mut lines = vec![format!("Turn {}, {time}", turn.number)];
    lines.extend(input_lines(&turn.entry.input));
    for Asked { effect, result } in asked.iter().filter(|asked| is_telling(&asked.effect)) {
        let told = format!("{} → {}", describe(effect), Shortened(result));
        lines.extend(labelled("asked", &told));
    }
    lines.extend(view.lines(false));
    lines
}

/// Versions that a waiting conversation goes on with are no news.
fn is_telling(effect: &Effect) -> bool {
    !matches!(effect, Effect::LoadFlow(FlowLink::Version(_)))
}

/// What began a turn.
pub(super) fn input_lines(input: &Input) -> Vec<String> {
    match input {
        Input::Start { start, .. } => start_lines(start),
        Input::Reply(reply) => labelled("visitor", &message_text(reply.message.as_ref())),
        Input::Update { version } => labelled("bot", &format!("(another version) {version}")),
    }
}

fn start_lines(start: &Start) -> Vec<String> {
    let mut lines = labelled("visitor", "(the conversation begins)");
    for (name, value) in &start.prefilled_variables {
        lines.extend(labelled("given", &format!("{name} = {value}")));
    }
    if let Some(past) = &start.remembered {
        let told = format!("{} earlier answers are remembered", past.answers.len());
        lines.extend(labelled("", &told));
    }
    if start.message.is_some() {
        lines.extend(labelled("visitor", &message_text(start.message.as_ref())));
    }
    lines
}

fn message_text(message: Option<&Message>) -> String {
    match message {
        None => "(nothing)".to_owned(),
        Some(Message::Audio { url }) => format!("(a recording) {url}"),
        Some(Message::Command { command }) => format!("(the command {command})"),
        Some(Message::Text {
            text,
            attached_file_urls,
            ..
        }) => {
            let files = attached_file_urls.iter().map(|url| format!("\n{url}"));
            text.clone() + &files.collect::<String>()
        }
    }
}

/// What an effect asks for, in full.
pub(super) fn effect_lines(effect: &Effect) -> Vec<String> {
    match effect {
        Effect::CallBlock(call) | Effect::TakeStreamed(call) | Effect::PrepareInput(call) => {
            call_lines(&call.block_type, &call.action, &call.options)
        }
        Effect::AcceptInput(given) => {
            let call = &given.call;
            let mut lines = call_lines(&call.block_type, &call.action, &call.options);
            lines.push(format!("with the reply “{}”", given.reply));
            lines
        }
        Effect::Evaluate(script) => {
            let mut lines: Vec<String> = script.code.lines().map(str::to_owned).collect();
            let arguments = script.arguments.iter();
            lines.extend(arguments.map(|(name, value)| format!("with {name} = {value}")));
            lines
        }
        other => vec![describe(other)],
    }
}

/// A block's call, its options line by line.
pub(super) fn call_lines(block_type: &str, action: &str, options: &Value) -> Vec<String> {
    let mut lines = vec![format!("{block_type}, {action}")];
    let options = format!("{options:#}");
    lines.extend(options.lines().map(str::to_owned));
    lines
}

/// A turn as JSON.
pub fn turn_json(turn: &RecordedTurn, asked: &[Asked], view: &TurnView) -> Value {
    let input = match &turn.entry.input {
        Input::Start { version, start } => json!({"version": version, "start": start}),
        Input::Reply(reply) => json!({"reply": reply}),
        Input::Update { version } => json!({"update": {"version": version}}),
    };
    let asked = asked
        .iter()
        .map(|asked| json!({"effect": describe(&asked.effect), "result": asked.result}));
    json!({
        "turn": turn.number,
        "takenAt": datetime::iso(turn.taken_at),
        "input": input,
        "asked": asked.collect::<Value>(),
        "did": view,
    })
}
