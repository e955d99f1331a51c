//! How conversations begin: where, with which variables, and what the page loads first.

use crate::bots::{Chat, answers, asked, bot, event, group, said, say};
use serde_json::{Value, json};
use talkloom_engine::Effect;
use talkloom_engine::output::Record;

fn question() -> Value {
    json!({"id": "q", "type": "text input", "options": {"variableId": "v"}})
}

#[test]
fn a_start_may_name_where_to_begin() {
    let document = group(
        bot(json!([say("a", "first")])),
        "h",
        json!([say("t", "there")]),
    );
    let document = event(document, "command", "h", json!({"command": "c"}));
    let start = |from: Value| Chat::with(document.clone()).start(json!({"from": from}));
    let told = |from| said(&start(from).expect("it is served"));
    assert_eq!(told(json!(null)), ["first"]);
    assert_eq!(told(json!({"type": "group", "groupId": "h"})), ["there"]);
    assert_eq!(
        told(json!({"type": "event", "eventId": "on-command"})),
        ["there"]
    );
    assert_eq!(
        told(json!({"type": "event", "eventId": "start"})),
        ["first"]
    );
    for gone in [
        json!({"type": "group", "groupId": "x"}),
        json!({"type": "event", "eventId": "x"}),
    ] {
        assert_eq!(start(gone).expect_err("it is refused").status, 400);
    }
}

#[test]
fn a_returning_visitor_finds_variables_and_answers() {
    let document = bot(json!([
        say("a", "{{V}} {{W}} {{L}}"),
        question(),
        {"id": "s", "type": "Set variable", "options": {"variableId": "w", "type": "Result ID"}}
    ]));
    let remembered = json!({"remembered": {
        "variables": [{"id": "old", "name": "V", "value": "back\\slash"}, {"name": "L", "value": "lost"},
            {"name": "W", "value": ["1", null]}, {"name": "Gone", "value": "x"}],
        "answers": [{"block": "q", "content": "Ada"}, {"block": "gone", "content": "x"}]
    }});
    let mut chat = Chat::with(document);
    let output = chat.start(remembered).expect("it is served");
    assert_eq!(said(&output), [r#"back\slash ["1",null] ["a","b"]"#]);
    let Some(Record::Result { has_started, .. }) = output.records.last() else {
        panic!("the result is recorded");
    };
    assert!(has_started, "there is an answer already");
}

#[test]
fn a_first_message_answers_only_what_it_can() {
    let first = json!({"message": "Ada"});
    let mut chat = Chat::with(bot(json!([question(), say("t", "hi {{V}}")])));
    let output = chat.start(first.clone()).expect("it is served");
    assert_eq!(
        (said(&output), answers(&output)),
        (vec!["hi Ada".to_owned()], vec![("q", "Ada")])
    );

    let buttons =
        json!({"id": "q", "type": "choice input", "items": [{"id": "i", "content": "Ada"}]});
    let listener = json!({"id": "q", "type": "webhook"});
    for blocks in [
        json!([say("a", "hello"), question()]),
        json!([buttons]),
        json!([listener]),
    ] {
        let output = Chat::with(bot(blocks.clone()))
            .start(first.clone())
            .expect("it is served");
        assert!(answers(&output).is_empty(), "{blocks}");
    }
}

#[test]
fn variables_from_outside_need_a_connected_start() {
    let mut document = bot(json!([say("a", "{{V}}")]));
    let mut chat = Chat::with(document.clone());
    let prefilled = json!({"prefilledVariables": {"V": 5, "Unknown": "x"}});
    assert_eq!(
        said(&chat.start(prefilled.clone()).expect("it is served")),
        ["5"]
    );
    document["events"][0]
        .as_object_mut()
        .expect("an event")
        .remove("outgoingEdgeId");
    let mut chat = Chat::with(document);
    let output = chat.start(prefilled).expect("it is served");
    assert!(said(&output).is_empty() && asked(&output).is_none());
    assert!(
        chat.state().expect("it is kept").frames[0]
            .variables
            .is_empty()
    );
}

fn with_tags() -> Value {
    let mut document = bot(json!([
        say("a", "hello"),
        {"id": "ga", "type": "Google Analytics", "options": {"trackingId": "G-{{V}}", "action": "x"}},
        {"id": "p1", "type": "Pixel", "options": {"pixelId": "1", "eventType": "Lead"}},
        {"id": "p2", "type": "Pixel", "options": {"pixelId": "2", "isInitSkip": true}},
        {"id": "p3", "type": "Pixel", "options": {"pixelId": "1"}}
    ]));
    document["settings"] = json!({"metadata": {
        "customHeadCode": "<script>{{V}}</script>", "googleTagManagerId": "GTM-1"}});
    document
}

#[test]
fn the_page_is_told_first_what_to_load() {
    let mut chat = Chat::with(with_tags());
    let output = chat
        .start(json!({"prefilledVariables": {"V": "7"}}))
        .expect("it is served");
    let expected = json!({"type": "startPropsToInject", "startPropsToInject": {
        "customHeadCode": "<script>{{V}}</script>", "gtmId": "GTM-1",
        "googleAnalyticsId": "G-7", "pixelIds": ["1"]}});
    assert_eq!(output.reply.client_side_actions[0], expected);
    let later: Vec<_> = output.reply.client_side_actions[1..]
        .iter()
        .map(|action| &action["type"])
        .collect();
    assert_eq!(later, ["googleAnalytics", "pixel", "pixel", "pixel"]);
}

#[test]
fn a_preview_loads_nothing_and_says_so() {
    let output = Chat::with(with_tags())
        .start(json!({"preview": true}))
        .expect("it is served");
    assert!(output.reply.client_side_actions.is_empty());
    let told = output
        .reply
        .logs
        .iter()
        .find(|line| line.description.ends_with("Preview mode"));
    let told = &told.expect("it is told").description;
    assert_eq!(
        told,
        "Custom head code, The tag manager, Google Analytics, Pixel are not enabled in Preview mode"
    );
    assert!(output.records.is_empty(), "a preview records nothing");
}

#[test]
fn the_support_widget_gets_what_it_needs_as_arguments() {
    let options = json!({"websiteToken": "t", "user": {"email": "{{V}}", "avatarUrl": "https://e.com/a.png"}});
    let document = bot(
        json!([say("a", "hello"), {"id": "c", "type": "Chatwoot", "options": options},
        {"id": "d", "type": "Chatwoot", "options": {"task": "Close widget"}}]),
    );
    let start = json!({"prefilledVariables": {"V": "\"); alert(1); (\""}});
    let output = Chat::with(document.clone())
        .start(start)
        .expect("it is served");
    let actions = &output.reply.client_side_actions;
    assert_eq!(
        (&actions[0]["type"], &actions[0]["lastBubbleBlockId"]),
        (&json!("chatwoot"), &json!("a"))
    );
    let script = &actions[0]["chatwoot"]["scriptToExecute"];
    assert_eq!(
        script["args"][1],
        json!({"id": "websiteToken", "value": "t"})
    );
    let user = json!({"email": "\"); alert(1); (\"", "avatar_url": "https://e.com/a.png"});
    assert_eq!(script["args"][2], json!({"id": "user", "value": user}));
    assert!(!script["content"].as_str().expect("code").contains("alert"));
    let close = actions[1]["chatwoot"]["scriptToExecute"]["content"].as_str();
    assert!(close.expect("code").contains("close"));

    let output = Chat::with(document)
        .start(json!({"preview": true}))
        .expect("it is served");
    assert_eq!(
        output.reply.client_side_actions.len(),
        1,
        "only the closing"
    );
}

fn addressed(id: &str, variable: &str) -> Value {
    json!({"id": id, "type": "webhook", "options": {"addressVariableId": variable}})
}

#[test]
fn a_listeners_address_is_known_from_the_start() {
    let document = bot(json!([
        say("a", "{{V}} {{W}}"),
        addressed("h1", "v"),
        addressed("h2", "w"),
        {"id": "h3", "type": "webhook"},
    ]));
    let mut chat = Chat::with(document);
    // A visitor does not choose it.
    let start = json!({"prefilledVariables": {"V": "https://evil.example"}});
    let output = chat.start(start).expect("it is served");
    let addresses = "https://bots.example/bot/h1 https://bots.example/bot/h2";
    assert_eq!(said(&output), [addresses]);
    let asked = |chat: &Chat| {
        let effects = chat.world.effects.iter();
        effects
            .filter(|effect| matches!(effect, Effect::AddressListeners { .. }))
            .count()
    };
    assert_eq!(asked(&chat), 1, "all at once");

    let mut plain = Chat::with(bot(json!([say("a", "x"), {"id": "h3", "type": "webhook"}])));
    plain.start(json!({})).expect("it is served");
    assert_eq!(asked(&plain), 0);
}

#[test]
fn a_linked_bots_listener_has_an_address_too() {
    let link =
        |bot: &str| json!({"id": "link", "type": "Typebot link", "options": {"typebotId": bot}});
    let mut child = bot(json!([say("c", "{{Own}}"), addressed("h", "own")]));
    child["variables"] = json!([{"id": "own", "name": "Own"}]);
    let mut chat = Chat::with(bot(json!([link("child"), say("p", "after")])));
    chat.add("child", child);
    let output = chat.start(json!({})).expect("it is served");
    assert_eq!(said(&output), ["https://bots.example/child/h"]);
}
