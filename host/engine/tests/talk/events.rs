//! Events: commands, replies, replies that are no answers; jumps and returns.

use crate::bots::{Chat, answers, asked, bot, event, group, push, said, say};
use serde_json::{Value, json};

fn question() -> Value {
    json!({"id": "q", "type": "number input", "options": {"variableId": "w"}})
}

fn back() -> Value {
    json!({"id": "back", "type": "Return"})
}

fn command(name: &str) -> Value {
    json!({"message": {"type": "command", "command": name}})
}

#[test]
fn a_command_leads_away_and_back() {
    for (resumes, last, again) in [
        (true, say("x", "end"), 1),
        (false, back(), 1),
        (false, say("x", "end"), 0),
    ] {
        let document = group(
            bot(json!([question()])),
            "h",
            json!([say("t", "menu"), last]),
        );
        let options = json!({"command": "menu", "resumeAfter": resumes});
        let mut chat = Chat::with(event(document, "command", "h", options));
        chat.begin();
        let output = chat.send(command("menu")).expect("it is served");
        assert_eq!(said(&output)[0], "menu");
        assert_eq!(asked(&output).into_iter().count(), again, "{resumes}");
    }
}

#[test]
fn a_command_may_ask_and_then_resume() {
    let other = json!({"id": "r", "type": "text input"});
    let document = group(
        bot(json!([question(), say("t", "thanks")])),
        "h",
        json!([other]),
    );
    let options = json!({"command": "c", "resumeAfter": true});
    let mut chat = Chat::with(event(document, "command", "h", options));
    chat.begin();
    let output = chat.send(command("c")).expect("it is served");
    assert_eq!(asked(&output), Some("r"));
    let output = chat.say("anything");
    assert_eq!(
        (asked(&output), answers(&output)),
        (Some("q"), vec![("r", "anything")])
    );
    assert_eq!(said(&chat.say("7")), ["thanks"]);
}

#[test]
fn commands_that_lead_nowhere_are_refused() {
    let mut document = event(
        bot(json!([question()])),
        "command",
        "h",
        json!({"command": "known"}),
    );
    let events = document["events"].as_array_mut().expect("a list");
    events[1]
        .as_object_mut()
        .expect("an event")
        .remove("outgoingEdgeId");
    let mut chat = Chat::with(document);
    chat.begin();
    for (name, message) in [
        ("unknown", "Command event not found"),
        ("known", "Command event is not connected"),
    ] {
        let refusal = chat.send(command(name)).expect_err("it is refused");
        assert_eq!((refusal.status, refusal.message.as_str()), (400, message));
    }
    assert_eq!(answers(&chat.say("7")), [("q", "7")], "the chat goes on");
}

#[test]
fn a_command_can_be_the_first_thing_that_is_sent() {
    let document = group(
        bot(json!([question()])),
        "h",
        json!([say("t", "menu"), back()]),
    );
    let mut chat = Chat::with(event(document, "command", "h", json!({"command": "menu"})));
    chat.start(json!({"isOnlyRegistering": true}))
        .expect("it is served");
    let output = chat.send(command("menu")).expect("it is served");
    assert_eq!(said(&output), ["menu"]);
    assert_eq!(asked(&output), Some("q"));
    assert!(answers(&output).is_empty());
}

fn described() -> Value {
    json!({"contentVariableId": "v", "inputTypeVariableId": "w", "inputNameVariableId": "l"})
}

#[test]
fn a_reply_that_no_event_brings_back_is_not_recorded() {
    let told = say("t", "{{V}}, {{W}}, {{L}}");
    let mut document = group(bot(json!([question()])), "h", json!([told]));
    document["variables"][2]["value"] = json!(null);
    let mut chat = Chat::with(event(document, "reply", "h", described()));
    chat.begin();
    let output = chat.say("7");
    assert_eq!(said(&output), ["7, number, Main"]);
    assert!(answers(&output).is_empty());
}

#[test]
fn a_reply_that_is_no_answer_comes_back_as_a_question() {
    let blocks = json!([say("t", "what is {{V}}?"), back()]);
    let document = group(bot(json!([question(), say("u", "thanks")])), "h", blocks);
    let mut chat = Chat::with(event(document, "invalidReply", "h", described()));
    chat.begin();
    let output = chat.say("x");
    assert_eq!(said(&output), ["what is x?"]);
    assert_eq!((asked(&output), answers(&output)), (Some("q"), vec![]));
    let output = chat.say("7");
    assert_eq!(
        (said(&output), answers(&output)),
        (vec!["thanks".to_owned()], vec![("q", "7")])
    );
}

#[test]
fn both_events_take_their_own_replies() {
    let document = group(
        bot(json!([question(), say("u", "thanks")])),
        "h",
        json!([say("t", "good"), back()]),
    );
    let document = group(
        document,
        "i",
        json!([say("s", "bad"), {"id": "b2", "type": "Return"}]),
    );
    let document = event(document, "reply", "h", json!({}));
    let mut chat = Chat::with(event(document, "invalidReply", "i", json!({})));
    chat.begin();
    assert_eq!(said(&chat.say("x")), ["bad"]);
    let output = chat.say("7");
    assert_eq!(said(&output), ["good", "thanks"]);
    assert_eq!(answers(&output), [("q", "7")]);
}

#[test]
fn the_parts_of_an_answer_are_kept_before_the_event() {
    let card = json!({"id": "c", "title": "Paris", "paths": [{"id": "p", "text": "Go"}]});
    let cards = json!({"id": "q", "type": "cards", "items": [card],
        "options": {"saveResponseMapping": [{"field": "Title", "variableId": "v"}]}});
    let document = group(
        bot(json!([cards])),
        "h",
        json!([say("t", "to {{V}}"), back()]),
    );
    let mut chat = Chat::with(event(document, "reply", "h", json!({})));
    chat.begin();
    let output = chat.say("p");
    assert_eq!(
        (said(&output), answers(&output)),
        (vec!["to Paris".to_owned()], vec![("q", "Paris")])
    );
}

#[test]
fn a_jump_comes_back_behind_itself() {
    let blocks = json!([
        {"id": "j", "type": "Jump", "options": {"groupId": "{{V}}", "blockId": "t2"}},
        say("a", "behind"),
        back(),
        say("b", "and on")
    ]);
    let target = json!([say("t1", "left out"), say("t2", "there"), {"id": "r", "type": "Return"}]);
    let mut chat = Chat::with(group(bot(blocks), "h", target));
    let output = chat
        .start(json!({"prefilledVariables": {"V": "H"}}))
        .expect("it is served");
    assert_eq!(said(&output), ["there", "behind", "and on"]);
}

#[test]
fn a_jump_to_nowhere_ends_the_path_with_a_line() {
    let blocks =
        json!([{"id": "j", "type": "Jump", "options": {"groupId": "gone"}}, say("a", "behind")]);
    let output = Chat::with(bot(blocks)).begin();
    assert!(said(&output).is_empty());
    assert_eq!(output.reply.logs[0].status, "error");
}

#[test]
fn a_block_amid_its_group_leaves_it_by_its_edge() {
    let set = json!({"id": "s", "type": "Set variable", "options": {"variableId": "v"}, "outgoingEdgeId": "to-h"});
    let mut document = group(
        bot(json!([set, say("a", "left out")])),
        "h",
        json!([say("t", "there")]),
    );
    push(
        &mut document,
        "edges",
        json!({"id": "odd", "from": {"blockId": "t"}, "to": {}}),
    );
    assert_eq!(said(&Chat::with(document).begin()), ["there"]);
}
