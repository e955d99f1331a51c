//! Every block type runs, configured or not.

use crate::bots::{Chat, bot, said, say};
use serde_json::{Value, json};

const TYPES: [&str; 44] = [
    "text",
    "image",
    "video",
    "embed",
    "audio",
    "text input",
    "number input",
    "email input",
    "url input",
    "date input",
    "time input",
    "phone number input",
    "choice input",
    "picture choice input",
    "payment input",
    "rating input",
    "file input",
    "cards",
    "Set variable",
    "Condition",
    "Redirect",
    "Code",
    "Typebot link",
    "Wait",
    "AB test",
    "Jump",
    "Return",
    "webhook",
    "start",
    "Webhook",
    "Zapier",
    "Make.com",
    "Pabbly",
    "Google Sheets",
    "Google Analytics",
    "Email",
    "Chatwoot",
    "Pixel",
    "OpenAI",
    "openai",
    "anthropic",
    "cal-com",
    "qr-code",
    "of no one",
];

/// A block that names everything its type could read, and one that names nothing.
fn blocks(kind: &str) -> [Value; 3] {
    let options = json!({
        "variableId": "v", "url": "https://e.com/{{V}}", "content": "1 + 1", "groupId": "g", "blockId": "last",
        "typebotId": "current", "expressionToEvaluate": "\"x\"", "secondsToWaitFor": "1", "aPercent": 0,
        "pixelId": "1", "trackingId": "G", "websiteToken": "t", "task": "Show widget", "action": "Do",
        "isExecutedOnClient": true, "min": "{{V}}", "startsAt": "{{V}}", "dynamicVariableId": "l"
    });
    let items = json!([{"id": "i", "content": {"comparisons": [{"variableId": "v", "comparisonOperator": "Is set"}]}, "path": "a"}]);
    [
        json!({"id": "b", "type": kind}),
        json!({"id": "b", "type": kind, "options": {}, "content": {}, "items": []}),
        json!({"id": "b", "type": kind, "options": options, "items": items,
            "content": {"richText": [], "url": "https://e.com/{{V}}"}}),
    ]
}

#[test]
fn every_type_of_block_runs() {
    for kind in TYPES {
        for block in blocks(kind) {
            let mut chat = Chat::with(bot(json!([
                say("first", "hello"),
                block,
                say("last", "bye")
            ])));
            let end = chat.start(json!({"limits": {"blocks": 40}}));
            if kind == "payment input" {
                assert_eq!(end.expect_err("no block takes it").status, 400);
                continue;
            }
            let output = end.unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
            assert_eq!(said(&output)[0], "hello", "{kind}");
            if output.reply.input.is_some() || !output.reply.client_side_actions.is_empty() {
                for reply in ["x", "{}", "1"] {
                    if let Err(refusal) = chat.send(crate::bots::text(reply)) {
                        assert!(refusal.status < 500, "{kind} at {reply}: {refusal}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_block_that_nothing_runs_is_passed_over_with_a_line() {
    for kind in ["Google Sheets", "Webhook", "openai", "of no one"] {
        let block = json!({"id": "b", "type": kind, "options": {"action": "Do"}});
        let output = Chat::with(bot(json!([block, say("last", "bye")]))).begin();
        assert_eq!(said(&output), ["bye"]);
        let line = &output.reply.logs[0];
        assert_eq!(line.status, "error");
        assert!(line.description.contains(kind), "{line:?}");
        assert_eq!(line.context.as_deref(), Some("While running the block b"));
    }
}

/// Files of versions 3 to 5 become 6.1 when they are opened.
#[test]
fn old_files_talk_as_new_ones() {
    for version in ["3", "4", "5"] {
        let document = json!({
            "version": version, "name": "old",
            "groups": [
                {"id": "g0", "title": "Start", "graphCoordinates": {"x": 0, "y": 0}, "blocks": [
                    {"id": "s", "type": "start", "label": "Start", "groupId": "g0", "outgoingEdgeId": "e0"}]},
                {"id": "g1", "title": "One", "graphCoordinates": {"x": 1, "y": 0}, "blocks": [
                    {"id": "b1", "groupId": "g1", "type": "text", "content": {"html": "x", "plainText": "x",
                        "richText": [{"type": "p", "children": [{"text": "list {{L}}"}]}]}},
                    {"id": "b2", "groupId": "g1", "type": "choice input", "items": [
                        {"id": "i1", "blockId": "b2", "type": 0, "content": "Yes", "outgoingEdgeId": "e1"}]}]},
                {"id": "g2", "title": "Two", "graphCoordinates": {"x": 2, "y": 0}, "blocks": [
                    {"id": "b3", "groupId": "g2", "type": "Webhook", "webhookId": "w", "options": {}},
                    {"id": "b4", "groupId": "g2", "type": "text", "content":
                        {"richText": [{"type": "p", "children": [{"text": "done"}]}]}}]}],
            "edges": [
                {"id": "e0", "from": {"groupId": "g0", "blockId": "s"}, "to": {"groupId": "g1"}},
                {"id": "e1", "from": {"groupId": "g1", "blockId": "b2", "itemId": "i1"}, "to": {"groupId": "g2"}}],
            "variables": [{"id": "l", "name": "L", "value": ["a", "b"]}],
            "theme": {}, "settings": {}
        });
        let mut chat = Chat::with(document);
        assert_eq!(said(&chat.begin()), [r#"list ["a","b"]"#], "{version}");
        assert_eq!(said(&chat.say("Yes")), ["done"], "{version}");
    }
}
