//! Inputs that a component stands behind, and exits.

use crate::bots::{Chat, asked, bot, event, group, said, say, text};
use crate::support::Component;
use serde_json::{Value, json};
use talkloom_engine::Effect;
use talkloom_engine::effect::{BlockFailure, BlockOutcome};
use talkloom_flow::catalog::{ActionSpec, FieldPath};

fn payment() -> Value {
    json!({"id": "pay", "type": "payment input",
        "options": {"amount": "12", "receiptVariableId": "w", "retryMessageContent": "Once more."},
        "items": [{"id": "i", "path": "refunded", "outgoingEdgeId": "to-back"}]})
}

/// Takes the reply `Success`; `refund` leaves by an exit; all else is refused.
fn cashier() -> Component {
    Box::new(|call| {
        let Some(reply) = call.options.get("reply") else {
            return Ok(BlockOutcome {
                messages: vec![json!({"secret": "for the page"}), json!({"intent": "pi"})],
                ..BlockOutcome::default()
            });
        };
        assert_eq!(call.options["kept"], json!({"intent": "pi"}));
        let exit = (reply == "refund").then(|| "refunded".to_owned());
        if reply != "Success" && exit.is_none() {
            return Err(BlockFailure {
                code: "failed".to_owned(),
                message: "The bank says no.".to_owned(),
                details: None,
            });
        }
        Ok(BlockOutcome {
            assignments: vec![
                ("w".to_owned(), json!("receipt")),
                ("v".to_owned(), json!("no")),
            ],
            exit,
            ..BlockOutcome::default()
        })
    })
}

fn chat(document: Value) -> Chat {
    let mut chat = Chat::with(document);
    let spec = ActionSpec {
        is_input: true,
        exits: vec!["refunded".to_owned()],
        variables: vec![FieldPath::parse("receiptVariableId")],
        ..ActionSpec::default()
    };
    chat.install("payment input", spec, cashier());
    chat
}

fn accepted(chat: &Chat) -> usize {
    let effects = chat.world.effects.iter();
    effects
        .filter(|e| matches!(e, Effect::AcceptInput(_)))
        .count()
}

#[test]
fn a_reply_counts_once_the_block_takes_it() {
    let thanks = say("t", "{{W}}|{{V}}");
    let mut chat = chat(bot(json!([payment(), thanks])));
    let output = chat.begin();
    let shown = output.reply.input.expect("it asks");
    assert_eq!(shown["runtimeOptions"], json!({"secret": "for the page"}));
    let state = chat.state().expect("it waits");
    assert_eq!(state.opened_inputs[0].kept, json!({"intent": "pi"}));
    let kept = serde_json::to_string(&state).expect("states are JSON");
    assert!(!kept.contains("for the page"), "{kept}");

    let output = chat.say("maybe");
    assert_eq!(said(&output), ["Once more."]);
    assert_eq!(asked(&output), Some("pay"));
    assert_eq!(output.reply.logs[0].description, "The bank says no.");
    let output = chat.say("Success");
    assert_eq!(
        said(&output),
        ["receipt|"],
        "only what the options name is set"
    );
    assert_eq!(accepted(&chat), 2);
}

#[test]
fn what_the_block_says_no_to_is_an_invalid_reply() {
    let document = group(
        bot(json!([payment()])),
        "no",
        json!([say("n", "What a pity")]),
    );
    let document = event(document, "invalidReply", "no", json!({}));
    let mut chat = chat(document);
    chat.begin();
    assert_eq!(said(&chat.say("maybe")), ["What a pity"]);
    assert!(chat.state().is_none(), "the event does not return");
}

#[test]
fn a_reply_that_an_event_keeps_is_taken_once() {
    let document = bot(json!([payment(), say("t", "{{W}}")]));
    let heard = json!([say("h", "heard"), {"id": "r", "type": "Return"}]);
    let document = event(group(document, "on", heard), "reply", "on", json!({}));
    let mut chat = chat(document);
    chat.begin();
    let output = chat.say("Success");
    assert_eq!(said(&output), ["heard", "receipt"]);
    assert_eq!(accepted(&chat), 1);
}

#[test]
fn an_input_leaves_by_its_exit() {
    let document = bot(json!([payment(), say("t", "paid")]));
    let mut chat = chat(group(document, "back", json!([say("b", "back: {{W}}")])));
    chat.begin();
    assert_eq!(
        said(&chat.send(text("refund")).expect("it is served")),
        ["back: receipt"]
    );
}

#[test]
fn an_action_leaves_by_its_exit_and_ends_where_that_leads_nowhere() {
    for (edge, expected) in [(json!("to-late"), vec!["late"]), (Value::Null, vec![])] {
        let action = json!({"id": "a", "type": "clock", "options": {},
            "items": [{"id": "i", "path": "late", "outgoingEdgeId": edge}]});
        let document = group(
            bot(json!([action, say("t", "on")])),
            "late",
            json!([say("l", "late")]),
        );
        let mut chat = Chat::with(document);
        let leaves = |_: &_| {
            Ok(BlockOutcome {
                exit: Some("late".to_owned()),
                ..BlockOutcome::default()
            })
        };
        chat.install("clock", ActionSpec::default(), Box::new(leaves));
        let output = chat.begin();
        assert_eq!(said(&output), expected);
    }
}
