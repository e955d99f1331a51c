//! `cargo xtask bench engine`: microseconds for one turn, without I/O.
//!
//! The turn: a name is taken, and five blocks run until the next input (a variable is set, a
//! condition is checked, three texts are said).

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use talkloom_engine::effect::FlowRef;
use talkloom_engine::{Effect, EffectResult, Message, Reply, Start, State, Step, Turn};
use talkloom_flow::catalog::Catalog;

const ROUNDS: usize = 50_000;

fn main() {
    let (flow, _) = talkloom_flow::open(bot()).expect("the bench's bot opens");
    let flow = FlowRef {
        version: "bench".to_owned(),
        flow: Some(Arc::new(flow)),
    };
    let catalog = Arc::new(Catalog::default());
    let start = Start {
        bot: "bench".to_owned(),
        result: Some("result".to_owned()),
        ..Start::default()
    };
    let waiting = finish(Turn::start(flow.clone(), catalog.clone(), start));
    let reply = Reply {
        message: Some(Message::text("Ada")),
        ..Reply::default()
    };

    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let turn = Turn::reply(
                waiting.clone(),
                flow.clone(),
                catalog.clone(),
                reply.clone(),
            );
            let started = Instant::now();
            std::hint::black_box(finish(turn));
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((ROUNDS - 1) as f64 * share) as usize];
    println!(
        "{:<28} {:>8} {:>8}",
        "one turn of five blocks", "p50 µs", "p99 µs"
    );
    println!("{:<28} {:>8.2} {:>8.2}", "", at(0.5), at(0.99));
    println!(
        "{}",
        json!({"bench": "engine", "blocks": 5, "p50_us": round(at(0.5)), "p99_us": round(at(0.99))})
    );
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Drives a turn to its end with fixed answers.
fn finish(mut turn: Turn) -> State {
    let mut step = turn.step();
    loop {
        step = match step {
            Step::Perform(Effect::Now) => turn.resume(EffectResult::Now(1_767_225_600_000)),
            Step::Perform(Effect::NewId) => turn.resume(EffectResult::Id("id".to_owned())),
            Step::Perform(Effect::Random) => turn.resume(EffectResult::Random(0.5)),
            Step::Perform(other) => panic!("the bench's bot asks for {other:?}"),
            Step::Refuse(refusal) => panic!("{refusal}"),
            Step::Wait(_) | Step::End(_) => {
                return turn.into_state().expect("a finished turn has a state");
            }
        };
    }
}

/// Asks for a name, then runs five blocks, then asks again.
fn bot() -> Value {
    let say = |id: &str, text: &str| {
        json!({"id": id, "type": "text",
            "content": {"richText": [{"type": "p", "children": [{"text": text}]}]}})
    };
    json!({
        "version": "6.1", "id": "bench", "name": "Bench",
        "events": [{"id": "start", "type": "start", "graphCoordinates": {"x": 0, "y": 0}, "outgoingEdgeId": "e0"}],
        "groups": [
            {"id": "ask", "title": "Ask", "graphCoordinates": {"x": 0, "y": 0}, "blocks": [
                {"id": "name", "type": "text input", "options": {"variableId": "v1"}, "outgoingEdgeId": "e1"}]},
            {"id": "work", "title": "Work", "graphCoordinates": {"x": 0, "y": 0}, "blocks": [
                {"id": "set", "type": "Set variable", "options": {"variableId": "v2", "expressionToEvaluate": "{{Name}}"}},
                {"id": "if", "type": "Condition", "items": [{"id": "i", "outgoingEdgeId": "e2", "content": {
                    "logicalOperator": "AND", "comparisons": [
                        {"id": "c", "variableId": "v2", "comparisonOperator": "Contains", "value": "da"}]}}]}]},
            {"id": "talk", "title": "Talk", "graphCoordinates": {"x": 0, "y": 0}, "blocks": [
                say("t1", "Hello {{Name}}, good to see you."), say("t2", "This is the second line."),
                say("t3", "And **this**, {{Copy}}, is the third."),
                {"id": "next", "type": "email input", "options": {}}]},
        ],
        "edges": [
            {"id": "e0", "from": {"eventId": "start"}, "to": {"groupId": "ask"}},
            {"id": "e1", "from": {"blockId": "name"}, "to": {"groupId": "work"}},
            {"id": "e2", "from": {"blockId": "if", "itemId": "i"}, "to": {"groupId": "talk"}}],
        "variables": [{"id": "v1", "name": "Name"}, {"id": "v2", "name": "Copy"}],
        "theme": {}, "settings": {}
    })
}
