//! Promises about turns: no input breaks the engine, equal inputs give equal outputs, a circle
//! ends, and what components and events do.

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{Session, World, reply_of, start_of};
use talkloom_engine::effect::{BlockCall, BlockOutcome};
use talkloom_engine::output::Record;
use talkloom_engine::{Output, Refusal};
use talkloom_flow::catalog::{ActionSpec, BlockSpec, Catalog, FieldPath, Interpolation};
use talkloom_flow::open;

fn world(document: Value) -> World {
    let (flow, _) = open(document).expect("it opens");
    let bots = BTreeMap::from([("bot".to_owned(), Arc::new(flow))]);
    World {
        bots,
        now_ms: 1_700_000_000_000,
        random: 0.25,
        ..World::default()
    }
}

/// A bot of one group, the start leading to it.
fn bot(blocks: Value) -> Value {
    json!({
        "version": "6.1", "name": "bot",
        "events": [{"id": "start", "type": "start", "outgoingEdgeId": "e0"}],
        "groups": [{"id": "g", "title": "Main", "blocks": blocks}],
        "edges": [{"id": "e0", "from": {"eventId": "start"}, "to": {"groupId": "g"}}],
        "variables": [{"id": "v", "name": "V"}, {"id": "l", "name": "L", "value": ["a", "b"]}]
    })
}

fn talk(document: Value, replies: &[Value]) -> Vec<Result<Output, Refusal>> {
    let mut world = world(document);
    let (mut session, end) = Session::start(&mut world, "bot", start_of(&json!({}), "bot"));
    let mut ends = vec![end];
    ends.extend(
        replies
            .iter()
            .map(|reply| session.reply(&mut world, reply_of(reply))),
    );
    ends
}

fn text(text: &str) -> Value {
    json!({"message": {"type": "text", "text": text}})
}

fn said(output: &Output) -> Vec<String> {
    let bubbles = output.reply.messages.iter();
    bubbles
        .map(|message| message["content"]["richText"].to_string())
        .collect()
}

fn any_block(place: usize) -> impl Strategy<Value = Value> {
    let kinds = vec![
        json!({"type": "text", "content": {"richText": [{"type": "p", "children": [{"text": "{{V}} {{=1+1=}}"}]}]}}),
        json!({"type": "text input", "options": {"variableId": "v"}}),
        json!({"type": "number input", "options": {"variableId": "v", "min": 1, "max": "{{V}}"}}),
        json!({"type": "email input"}),
        json!({"type": "url input"}),
        json!({"type": "phone number input", "options": {"defaultCountryCode": "FR"}}),
        json!({"type": "date input", "options": {"isRange": true}}),
        json!({"type": "time input"}),
        json!({"type": "rating input"}),
        json!({"type": "file input", "options": {"isRequired": false}}),
        json!({"type": "payment input"}),
        json!({"type": "choice input", "items": [{"id": "i1", "content": "Yes", "outgoingEdgeId": "e0"}, {"id": "i2", "content": "{{V}}"}]}),
        json!({"type": "choice input", "options": {"dynamicVariableId": "l", "isMultipleChoice": true}}),
        json!({"type": "picture choice input", "items": [{"id": "p", "title": "One"}]}),
        json!({"type": "cards", "items": [{"id": "c", "title": "{{L}}", "paths": [{"id": "p1", "text": "Go"}]}]}),
        json!({"type": "Set variable", "options": {"variableId": "v", "expressionToEvaluate": "{{V}} + 1"}}),
        json!({"type": "Set variable", "options": {"variableId": "l", "type": "Pop", "saveItemInVariableId": "v"}}),
        json!({"type": "Set variable", "options": {"variableId": "v", "type": "Transcript"}}),
        json!({"type": "Condition", "items": [{"id": "k", "outgoingEdgeId": "e0", "content": {"comparisons": [{"variableId": "v", "comparisonOperator": "Is set"}]}}]}),
        json!({"type": "Wait", "options": {"secondsToWaitFor": "1", "shouldPause": true}}),
        json!({"type": "Jump", "options": {"groupId": "g"}}),
        json!({"type": "Return"}),
        json!({"type": "webhook", "options": {"responseVariableMapping": [{"variableId": "v", "bodyPath": "data.a"}]}}),
        json!({"type": "Typebot link", "options": {"typebotId": "current", "groupId": "g"}}),
        json!({"type": "Code", "options": {"content": "setVariable('V', 1)", "isExecutedOnClient": false}}),
        json!({"type": "embed", "content": {"url": "x", "waitForEvent": {"isEnabled": true, "saveDataInVariableId": "v"}}}),
        json!({"type": "AB test", "items": [{"id": "a", "path": "a", "outgoingEdgeId": "e0"}]}),
        json!({"type": "not installed", "options": {"action": "x"}}),
        json!(null),
    ];
    prop::sample::select(kinds).prop_map(move |mut block| {
        if block.is_object() {
            block["id"] = json!(format!("b{place}"));
        }
        block
    })
}

fn any_reply() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "Yes",
        "i1",
        "42",
        "-1,5",
        "a, b",
        "p1",
        "tomorrow",
        "2024-03-05",
        "10:30",
        "fail",
        "a@b.co",
        "https://e.com/f.png",
        "+33612345678",
        "{\"data\":{\"a\":[1]}}",
        "{{V}}",
        "{{=V=}}",
        "\u{0}é李",
        "null",
    ];
    prop_oneof![
        6 => prop::sample::select(texts.to_vec()).prop_map(text),
        1 => Just(json!({})),
        1 => Just(json!({"message": {"type": "audio", "url": "https://e.com/a.webm"}})),
        1 => Just(json!({"message": {"type": "command", "command": "x"}})),
        1 => ".{0,12}".prop_map(|any| text(&any)),
    ]
}

fn any_bot() -> impl Strategy<Value = Value> {
    (any_block(0), any_block(1), any_block(2), any_block(3))
        .prop_map(|(a, b, c, d)| bot(json!([a, b, c, d])))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_replies_break_a_bot_and_equal_ones_give_equal_turns(
        document in any_bot(),
        replies in prop::collection::vec(any_reply(), 0..6),
    ) {
        // Few blocks a turn: circles are likely here, and each may run code.
        let run = || {
            let mut world = world(document.clone());
            let start = json!({"limits": {"blocks": 12}});
            let (mut session, end) = Session::start(&mut world, "bot", start_of(&start, "bot"));
            let mut ends = vec![end];
            for reply in &replies {
                let mut reply = reply_of(reply);
                reply.limits.blocks = 12;
                ends.push(session.reply(&mut world, reply));
            }
            (ends, world.effects)
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn a_circle_without_a_question_ends_with_a_log_line() {
    let blocks = json!([{"id": "b", "type": "Jump", "options": {"groupId": "g"}}]);
    let ends = talk(bot(blocks), &[]);
    let output = ends[0].as_ref().expect("it is served");
    assert!(output.reply.input.is_none());
    assert!(
        output
            .reply
            .logs
            .iter()
            .any(|line| line.description.contains("1000 blocks"))
    );
}

#[test]
fn a_component_gets_its_options_and_sets_only_what_they_name() {
    let options = json!({
        "action": "Do", "credentialsId": "c", "body": "{\"a\":\"{{L}}\"}", "raw": "{{V}}",
        "to": ["{{L}}"], "save": {"variableId": "v"}
    });
    let blocks = json!([
        {"id": "b", "type": "thing", "options": options},
        {"id": "t", "type": "text", "content": {"richText": [{"type": "p", "children": [{"text": "{{V}}{{L}}"}]}]}}
    ]);
    let mut world = world(bot(blocks));
    let action = ActionSpec {
        interpolation: vec![
            (FieldPath::parse("body"), Interpolation::Json),
            (FieldPath::parse("raw"), Interpolation::Raw),
        ],
        variables: vec![FieldPath::parse("save/variableId")],
        reads_submission: true,
        ..ActionSpec::default()
    };
    let actions = BTreeMap::from([("Do".to_owned(), action)]);
    let spec = Arc::new(BlockSpec {
        default_action: None,
        actions,
    });
    let blocks = BTreeMap::from([("thing".to_owned(), spec)]);
    world.catalog = Arc::new(Catalog { blocks });
    world.components.insert(
        "thing".to_owned(),
        Box::new(|call: &BlockCall| {
            assert_eq!(call.options["body"], r#"{"a":"["a","b"]"}"#);
            assert_eq!(call.options["raw"], "{{V}}");
            assert_eq!(call.options["to"][0], r#"["a","b"]"#);
            assert_eq!(call.credentials_id.as_deref(), Some("c"));
            assert_eq!(call.submission, Some(json!({"L": ["a", "b"]})));
            let set = |id: &str| (id.to_owned(), json!({"n": 1}));
            Ok(BlockOutcome {
                assignments: vec![set("v"), set("l")],
                ..Default::default()
            })
        }),
    );
    let (_, end) = Session::start(&mut world, "bot", start_of(&json!({}), "bot"));
    let output = end.expect("it is served");
    let said = said(&output).join("");
    assert!(
        said.contains(r#"{\"n\":1}"#) && said.contains(r#"[\"a\",\"b\"]"#),
        "{said}"
    );
}

#[test]
fn a_reply_event_sees_the_reply_before_the_input_does() {
    let mut document = bot(json!([
        {"id": "q", "type": "number input"},
        {"id": "t", "type": "text", "content": {"richText": [{"type": "p", "children": [{"text": "thanks"}]}]}}
    ]));
    document["events"].as_array_mut().expect("a list").push(json!({
        "id": "r", "type": "reply", "outgoingEdgeId": "e1", "options": {"contentVariableId": "v"}
    }));
    document["groups"].as_array_mut().expect("a list").push(json!({"id": "h", "blocks": [
        {"id": "s", "type": "text", "content": {"richText": [{"type": "p", "children": [{"text": "saw {{V}}"}]}]}},
        {"id": "back", "type": "Return"}
    ]}));
    document["edges"]
        .as_array_mut()
        .expect("a list")
        .push(json!({
            "id": "e1", "from": {"eventId": "r"}, "to": {"groupId": "h"}
        }));
    let ends = talk(document, &[text("7")]);
    let output = ends[1].as_ref().expect("it is served");
    let said = said(output);
    assert!(
        said[0].contains("saw") && said[1].contains("thanks"),
        "{said:?}"
    );
    assert!(output.reply.input.is_none());
    let is_answer =
        |record: &&Record| matches!(record, Record::Answer { content, .. } if content == "7");
    assert_eq!(output.records.iter().filter(is_answer).count(), 1);
}

#[test]
fn a_finished_conversation_is_recorded_as_completed() {
    let blocks = json!([{"id": "q", "type": "text input", "options": {"variableId": "v"}}]);
    let ends = talk(bot(blocks), &[text("Ada")]);
    let last = ends[1]
        .as_ref()
        .expect("it is served")
        .records
        .last()
        .cloned();
    let Some(Record::Result {
        variables,
        has_started,
        is_completed,
        ..
    }) = last
    else {
        panic!("the last record is the result: {last:?}");
    };
    assert!(has_started && is_completed);
    assert!(
        variables
            .as_array()
            .expect("a list")
            .contains(&json!({"id": "v", "name": "V", "value": "Ada"}))
    );
}
