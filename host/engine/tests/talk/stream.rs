//! Answers that the page shows word by word.

use crate::bots::{Chat, asked, bot, push, said, say};
use serde_json::{Value, json};
use talkloom_engine::effect::BlockOutcome;
use talkloom_flow::catalog::{ActionSpec, FieldPath, StreamVariable};

fn model() -> Value {
    json!({"id": "ai", "type": "model", "options": {
        "prompt": "Say {{W}}", "credentialsId": "c",
        "mapping": [{"item": "Tokens", "variableId": "w"}, {"variableId": "v"}]}})
}

fn chat(document: Value) -> Chat {
    let mut chat = Chat::with(document);
    let spec = ActionSpec {
        variables: vec![FieldPath::parse("mapping/*/variableId")],
        stream_variable: Some(StreamVariable {
            path: FieldPath::parse("mapping/*/variableId"),
            when: Some(("item".to_owned(), vec![Some("Text".to_owned()), None])),
        }),
        ..ActionSpec::default()
    };
    let component = |_: &_| {
        let set = |id: &str, value: &str| (id.to_owned(), json!(value));
        Ok(BlockOutcome {
            assignments: vec![set("v", "whole"), set("w", "7"), set("x", "foreign")],
            ..BlockOutcome::default()
        })
    };
    chat.install("model", spec, Box::new(component));
    chat
}

fn streaming() -> Value {
    json!({"isStreamEnabled": true, "prefilledVariables": {"W": "hi"}})
}

#[test]
fn the_page_streams_what_the_next_bubble_says() {
    let question = json!({"id": "q", "type": "text input"});
    let blocks = json!([
        say("a", "before"),
        model(),
        say("b", "{{V}}"),
        say("c", "so: {{V}} ({{W}})"),
        question
    ]);
    let mut chat = chat(bot(blocks));
    let output = chat.start(streaming()).expect("it is served");
    assert_eq!(said(&output), ["before"]);
    let action = json!({
        "type": "stream", "stream": true, "expectsDedicatedReply": true, "lastBubbleBlockId": "a",
    });
    assert_eq!(output.reply.client_side_actions, [action]);

    let state = chat.state().expect("it waits");
    let call = state.awaited_stream().expect("a stream is awaited");
    assert_eq!((call.block_id.as_str(), call.action.as_str()), ("ai", "do"));
    assert_eq!(call.options["prompt"], "Say hi");
    assert_eq!(call.credentials_id.as_deref(), Some("c"));
    assert_eq!(call.variables.len(), 2);

    let output = chat.say("Hello *you*");
    assert_eq!(
        said(&output),
        ["so: Hello you (7)"],
        "what else the block set is taken up"
    );
    assert_eq!(asked(&output), Some("q"));
    assert!(chat.state().expect("it waits").awaited_stream().is_none());
}

#[test]
fn the_next_bubble_may_stand_in_another_group() {
    let mut ai = model();
    ai["outgoingEdgeId"] = json!("e1");
    let mut document = bot(json!([ai]));
    let shown = json!({"id": "h", "title": "H", "blocks": [say("b", "{{V}}"), say("c", "end")]});
    push(&mut document, "groups", shown);
    let edge = json!({"id": "e1", "from": {"blockId": "ai"}, "to": {"groupId": "h"}});
    push(&mut document, "edges", edge);
    let mut chat = chat(document);
    let output = chat.start(streaming()).expect("it is served");
    assert_eq!(output.reply.client_side_actions[0]["type"], "stream");
    assert_eq!(said(&chat.say("x")), ["end"]);
}

#[test]
fn without_a_page_that_streams_the_block_is_called() {
    for (options, next) in [
        (json!({}), "{{V}}"),
        (streaming(), "It says {{V}}"),
        (streaming(), "{{W}}"),
    ] {
        let mut chat = chat(bot(json!([model(), say("b", next)])));
        let output = chat.start(options).expect("it is served");
        assert!(output.reply.client_side_actions.is_empty(), "{next}");
        assert_eq!(said(&output).len(), 1);
        assert!(chat.state().expect("it is kept").awaited_stream().is_none());
    }
}

#[test]
fn a_stream_that_gave_nothing_leaves_the_bubble() {
    let question = json!({"id": "q", "type": "text input"});
    let mut chat = chat(bot(json!([model(), say("b", "{{V}}"), question])));
    chat.start(streaming()).expect("it is served");
    let output = chat.send(json!({})).expect("it is served");
    assert_eq!(said(&output), [""]);
    assert_eq!(asked(&output), Some("q"));
}
