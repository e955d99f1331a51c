//! What a waiting conversation keeps: little, whatever the bot's size, and all of it.

use crate::bots::{Chat, asked, bot, push, said, say};
use serde_json::{Value, json};

/// Ids as long as real ones.
fn id(kind: &str, number: usize) -> String {
    format!("cl{kind}{number:0>22}")
}

fn sentence(number: usize) -> String {
    let text = format!("Sentence {number} says what a visitor might type into a field here.");
    text[..60].to_owned()
}

/// A bot that asks eight questions and sets two more variables, amid `others` groups.
fn large(others: usize) -> Value {
    let mut blocks: Vec<Value> = (0..8)
        .map(|n| json!({"id": id("b", n), "type": "text input", "options": {"variableId": id("v", n)}}))
        .collect();
    for n in 8..10 {
        let options = json!({"variableId": id("v", n), "expressionToEvaluate": "{{Answer 1}}"});
        blocks.push(json!({"id": id("b", n), "type": "Set variable", "options": options}));
    }
    blocks.push(json!({"id": id("b", 10), "type": "text input"}));
    let mut document = bot(json!(blocks));
    for n in 0..10 {
        let variable = json!({"id": id("v", n), "name": format!("Answer {n}")});
        push(&mut document, "variables", variable);
    }
    for n in 0..others {
        let blocks = json!([say(&id("t", n), "Some more words that make the bot large.")]);
        push(
            &mut document,
            "groups",
            json!({"id": id("g", n), "title": "More", "blocks": blocks}),
        );
        let variable = json!({"id": id("w", n), "name": format!("More {n}"), "value": "its value"});
        push(&mut document, "variables", variable);
    }
    document
}

fn stored(others: usize) -> usize {
    let mut chat = Chat::with(large(others));
    let start = json!({"result": "r"});
    chat.start(start).expect("it is served");
    let mut last = None;
    for n in 0..8 {
        last = asked(&chat.say(&sentence(n))).map(str::to_owned);
    }
    assert_eq!(last, Some(id("b", 10)));
    let state = chat.state().expect("it waits");
    assert_eq!(state.frames[0].variables.len(), 10);
    assert_eq!(state.frames[0].answers.len(), 8);
    // The server's ids of bot, version and result are longer than the tests'.
    let longer = 3 * 26;
    serde_json::to_string(&state)
        .expect("states are JSON")
        .len()
        + longer
}

#[test]
fn a_state_with_ten_variables_takes_less_than_two_kibibytes() {
    let small = stored(0);
    assert!(small < 2048, "{small} bytes");
    assert_eq!(stored(500), small, "the bot's size does not matter");
}

#[test]
fn a_variable_that_was_emptied_stays_so_over_turns() {
    let blocks = json!([
        {"id": "s", "type": "Set variable", "options": {"variableId": "l", "type": "Empty"}},
        {"id": "q", "type": "text input"},
        {"id": "t", "type": "Set variable",
            "options": {"variableId": "v", "expressionToEvaluate": "{{L}} === null"}},
        say("a", "{{V}}")
    ]);
    let mut chat = Chat::with(bot(blocks));
    chat.begin();
    assert_eq!(said(&chat.say("x")), ["true"]);
}
