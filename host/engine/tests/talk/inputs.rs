//! Inputs: how they are asked, what they accept, and what is said when they do not.

use crate::bots::{Chat, answers, asked, bot, group, said, say};
use serde_json::{Value, json};
use talkloom_engine::Refusal;
use talkloom_engine::effect::{BlockFailure, BlockOutcome, Effect};
use talkloom_flow::catalog::ActionSpec;

/// Asks one question and gives what is said to a reply.
fn told(question: Value, settings: Value, reply: &str) -> Vec<String> {
    let mut document = bot(json!([question, say("t", "thanks")]));
    document["settings"] = settings;
    let mut chat = Chat::with(document);
    chat.begin();
    said(&chat.say(reply))
}

fn input(kind: &str, options: Value) -> Value {
    json!({"id": "q", "type": kind, "options": options})
}

#[test]
fn a_reply_that_is_no_answer_is_asked_for_again() {
    const GENERAL: &str = "Invalid message. Please, try again.";
    const EMAIL: &str = "This email doesn't seem to be valid. Can you type it again?";
    let own = json!({"retryMessageContent": "Not that, {{V}}."});
    let cases = [
        ("email input", json!({}), "x", EMAIL),
        ("email input", own.clone(), "x", "Not that, ."),
        ("url input", own.clone(), "x", "Not that, ."),
        ("url input", json!({}), "x", GENERAL),
        ("phone number input", own.clone(), "x", "Not that, ."),
        ("phone number input", json!({}), "x", GENERAL),
        ("number input", json!({}), "x", GENERAL),
        ("date input", json!({}), "x", GENERAL),
        ("time input", json!({}), "x", GENERAL),
        ("rating input", json!({}), "x", GENERAL),
        ("file input", json!({}), "x", GENERAL),
        ("choice input", json!({}), "x", GENERAL),
        ("picture choice input", json!({}), "x", GENERAL),
        ("cards", json!({}), "x", GENERAL),
    ];
    for (kind, options, reply, expected) in cases {
        assert_eq!(
            told(input(kind, options), json!({}), reply),
            [expected],
            "{kind}"
        );
    }
    let settings = json!({"general": {"systemMessages": {"invalidMessage": "Sorry, {{L}}?"}}});
    assert_eq!(
        told(input("number input", json!({})), settings.clone(), "x"),
        ["Sorry, [\"a\",\"b\"]?"]
    );
    assert_eq!(
        told(input("email input", json!({})), settings, "x"),
        [EMAIL]
    );
}

#[test]
fn the_retry_has_the_blocks_id_and_asks_again() {
    let mut chat = Chat::with(bot(json!([input("number input", json!({}))])));
    chat.begin();
    let output = chat.say("x");
    assert_eq!(output.reply.messages[0]["id"], "q");
    assert_eq!(asked(&output), Some("q"));
    assert!(answers(&output).is_empty());
}

#[test]
fn bounds_count_also_where_they_are_zero_or_variables() {
    let cases = [
        ("number input", json!({"min": 0}), "-1", false),
        ("number input", json!({"min": 0}), "0", true),
        ("number input", json!({"max": 0}), "1", false),
        ("number input", json!({"max": "{{W}}"}), "7", true),
        ("number input", json!({"max": "{{W}}"}), "8", false),
        ("number input", json!({"max": "{{V}}"}), "8", true),
        ("rating input", json!({}), "-1", false),
        ("rating input", json!({"startsAt": 1}), "0", false),
        ("rating input", json!({"startsAt": "{{W}}"}), "6", false),
        ("rating input", json!({"startsAt": "{{W}}"}), "7", true),
        ("rating input", json!({"length": 5}), "6", false),
    ];
    for (kind, options, reply, accepted) in cases {
        let question = input(kind, options.clone());
        let mut chat = Chat::with(bot(json!([question])));
        chat.start(json!({"prefilledVariables": {"W": "7"}}))
            .expect("it is served");
        let output = chat.say(reply);
        assert_eq!(
            !answers(&output).is_empty(),
            accepted,
            "{kind} {options} {reply}"
        );
    }
}

#[test]
fn bounds_reach_the_page_as_it_can_use_them() {
    let shown = |kind: &str, options: Value| {
        let mut chat = Chat::with(bot(json!([input(kind, options)])));
        let start = json!({"prefilledVariables": {"W": "7,5", "V": "2024-03-05T10:30:00.000Z"}});
        let output = chat.start(start).expect("it is served");
        output.reply.input.expect("it asks")["options"].clone()
    };
    let options = json!({"min": "{{W}}", "max": "{{L}}", "step": 2});
    assert_eq!(
        shown("number input", options),
        json!({"min": 7.5, "step": 2})
    );
    assert_eq!(
        shown("rating input", json!({"startsAt": "3"})),
        json!({"startsAt": 3})
    );
    let options = json!({"min": "{{V}}"});
    assert_eq!(shown("date input", options), json!({"min": "2024-03-05"}));
    let options = json!({"min": "{{V}}", "max": "2025-01-01", "hasTime": true});
    let expected = json!({"min": "2024-03-05T10:30", "max": "2025-01-01T00:00", "hasTime": true});
    assert_eq!(shown("date input", options), expected);
}

#[test]
fn heights_from_variables_are_numbers() {
    let blocks = json!([
        {"id": "a", "type": "embed", "content": {"url": "https://e.com", "height": "{{W}}"}},
        {"id": "b", "type": "video", "content": {"url": "https://e.com/v.mp4", "height": "{{V}}"}}
    ]);
    let mut chat = Chat::with(bot(blocks));
    let output = chat
        .start(json!({"prefilledVariables": {"W": "250"}}))
        .expect("it is served");
    assert_eq!(output.reply.messages[0]["content"]["height"], 250);
    assert!(output.reply.messages[1]["content"].get("height").is_none());
}

#[test]
fn one_card_of_lists_stands_for_as_many_cards() {
    let card = json!({"id": "c", "title": "{{L}}", "imageUrl": "{{Pictures}}", "description": "of {{W}}",
        "paths": [{"id": "p", "text": "Take {{W}}", "outgoingEdgeId": "to-h"}]});
    let cards = json!({"id": "q", "type": "cards", "items": [card],
        "options": {"saveResponseMapping": [{"field": "Title", "variableId": "v"}]}});
    let mut document = group(bot(json!([cards])), "h", json!([say("t", "took {{V}}")]));
    crate::bots::push(
        &mut document,
        "variables",
        json!({"id": "p", "name": "Pictures", "value": ["https://e.com/a.png"]}),
    );
    let mut chat = Chat::with(document);
    let start = json!({"prefilledVariables": {"W": "one", "L": ["a", "{{=1+1=}}"]}});
    let output = chat.start(start).expect("it is served");
    let input = output.reply.input.expect("it asks");
    let items = input["items"].as_array().expect("cards");
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["imageUrl"], "https://e.com/a.png");
    assert_eq!(items[0]["description"], "of one");
    assert_eq!(items[1]["title"], "{{=1+1=}}", "values are no templates");
    assert!(items[1].get("imageUrl").is_none());
    assert_eq!(items[1]["paths"][0]["id"], "dynamic-card-1-path-0");
    assert_eq!(items[1]["paths"][0]["text"], "Take one");
    let output = chat.say("dynamic-card-1-path-0");
    assert_eq!(said(&output), ["took {{=1+1=}}"]);
    assert_eq!(answers(&output), [("q", "{{=1+1=}}")]);
}

#[test]
fn values_behind_dynamic_buttons_are_not_run() {
    let buttons = json!({"id": "q", "type": "choice input", "options": {"dynamicVariableId": "l"}});
    let mut chat = Chat::with(bot(json!([buttons])));
    let start = json!({"prefilledVariables": {"L": ["{{=6*7=}}", "{{V}}"]}});
    let input = chat.start(start).expect("it is served").reply.input;
    let items = input.expect("it asks")["items"].clone();
    assert_eq!(items[0]["content"], "{{=6*7=}}");
    assert_eq!(items[1]["content"], "{{V}}");
    assert!(
        chat.world
            .effects
            .iter()
            .all(|effect| !matches!(effect, Effect::Evaluate(_)))
    );
}

#[test]
fn an_answer_without_an_edge_takes_that_of_the_choice_it_reads_as() {
    let buttons = json!({"id": "q", "type": "choice input", "items": [
        {"id": "i", "content": "Yes", "value": "Sure"},
        {"id": "j", "content": "Sure", "outgoingEdgeId": "to-h"}
    ]});
    let document = group(bot(json!([buttons])), "h", json!([say("t", "there")]));
    let mut chat = Chat::with(document);
    chat.begin();
    assert_eq!(said(&chat.say("Yes")), ["there"]);
}

#[test]
fn own_hosts_need_no_top_level_domain() {
    let file = || {
        let mut chat = Chat::with(bot(json!([input("file input", json!({}))])));
        chat.begin();
        chat
    };
    let mut reply = crate::support::reply_of(&crate::bots::text("http://files:9000/a.png"));
    assert_eq!(asked(&file().reply(reply.clone())), Some("q"));
    reply.own_hosts = vec!["files".to_owned()];
    assert_eq!(
        answers(&file().reply(reply)),
        [("q", "http://files:9000/a.png")]
    );
}

#[test]
fn a_file_may_be_skipped_only_where_it_is_not_required() {
    for (options, goes_on) in [(json!({}), false), (json!({"isRequired": false}), true)] {
        let mut chat = Chat::with(bot(json!([input("file input", options), say("t", "on")])));
        chat.begin();
        let output = chat.send(json!({})).expect("it is served");
        assert_eq!(said(&output) == ["on"], goes_on);
        assert!(answers(&output).is_empty());
    }
}

fn behind_input() -> ActionSpec {
    ActionSpec {
        is_input: true,
        ..ActionSpec::default()
    }
}

#[test]
fn a_payment_needs_an_installed_block() {
    let options = json!({"amount": "{{W}}", "credentialsId": "c", "currency": "EUR"});
    let question = input("payment input", options);
    let refusal: Refusal = Chat::with(bot(json!([question])))
        .start(json!({}))
        .expect_err("it is refused");
    assert_eq!(refusal.status, 400);
    assert!(refusal.message.contains("payment input"), "{refusal}");

    let mut chat = Chat::with(bot(json!([question, say("t", "paid")])));
    chat.install(
        "payment input",
        behind_input(),
        Box::new(|call| {
            if call.options.get("reply").is_some() {
                return Ok(BlockOutcome::default());
            }
            assert_eq!(call.options["amount"], "12");
            assert_eq!(call.credentials_id.as_deref(), Some("c"));
            Ok(BlockOutcome {
                messages: vec![json!({"amountLabel": "12 €"})],
                ..BlockOutcome::default()
            })
        }),
    );
    let output = chat
        .start(json!({"prefilledVariables": {"W": "12"}}))
        .expect("it is served");
    let shown = output.reply.input.expect("it asks");
    assert_eq!(shown["runtimeOptions"], json!({"amountLabel": "12 €"}));
    assert_eq!(
        said(&chat.say("fail")),
        ["Payment failed. Please, try again."]
    );
    assert_eq!(said(&chat.say("Success")), ["paid"]);

    let mut chat = Chat::with(bot(json!([question])));
    let refuses = |_: &_| {
        Err(BlockFailure {
            code: "upstream".to_owned(),
            message: "The bank does not answer.".to_owned(),
            details: None,
        })
    };
    chat.install("payment input", behind_input(), Box::new(refuses));
    let why = "The bank does not answer.";
    for (is_preview, is_told) in [(true, true), (false, false)] {
        let refusal = chat.start(json!({"preview": is_preview}));
        let refusal = refusal.expect_err("it is refused");
        assert_eq!((refusal.status, refusal.message == why), (400, is_told));
    }
}

#[test]
fn voice_and_files_have_variables_of_their_own() {
    let options = json!({"variableId": "v", "audioClip": {"isEnabled": true, "saveVariableId": "w"},
        "attachments": {"isEnabled": true, "saveVariableId": "l"}});
    let mut chat = Chat::with(bot(json!([
        input("text input", options),
        say("t", "{{V}}|{{W}}|{{L}}")
    ])));
    chat.begin();
    let voice = json!({"message": {"type": "audio", "url": "https://e.com/a.webm"}});
    let output = chat.send(voice).expect("it is served");
    assert_eq!(
        said(&output),
        [r#"https://e.com/a.webm|https://e.com/a.webm|["a","b"]"#]
    );
}
