//! What changes around the conversation: the progress bar, pictures of the theme, the transcript.

use crate::bots::{Chat, bot, group, said, say};
use serde_json::{Value, json};
use talkloom_engine::Output;

fn ask(id: &str) -> Value {
    json!({"id": id, "type": "text input"})
}

fn with_bar(mut document: Value) -> Value {
    document["theme"] = json!({"general": {"progressBar": {"isEnabled": true}}});
    document
}

fn progress(output: &Output) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it is between 0 and 100")]
    output
        .reply
        .progress
        .map(|progress| progress.round() as i64)
}

#[test]
fn progress_counts_the_inputs_of_the_longest_way() {
    let buttons = json!({"id": "q", "type": "choice input", "items": [
        {"id": "long", "content": "Long", "outgoingEdgeId": "to-h"}, {"id": "short", "content": "Short"}]});
    let document = group(
        bot(json!([buttons, ask("last")])),
        "h",
        json!([ask("a"), ask("b"), ask("c")]),
    );
    let mut chat = Chat::with(with_bar(document.clone()));
    assert_eq!(progress(&chat.begin()), Some(25));
    assert_eq!(progress(&chat.say("Long")), Some(50));
    assert_eq!(progress(&chat.say("x")), Some(75));

    let mut chat = Chat::with(with_bar(document));
    chat.begin();
    assert_eq!(progress(&chat.say("Short")), Some(100));
    assert_eq!(progress(&chat.say("end")), Some(100));
}

#[test]
fn progress_ends_also_where_the_bot_runs_in_a_circle() {
    let mut first = ask("a");
    first["outgoingEdgeId"] = json!("to-h");
    let mut second = ask("b");
    second["outgoingEdgeId"] = json!("e0");
    let document = group(bot(json!([first])), "h", json!([second]));
    let mut chat = Chat::with(with_bar(document));
    assert_eq!(progress(&chat.begin()), Some(50));
    assert_eq!(progress(&chat.say("x")), Some(67));
    assert_eq!(progress(&chat.say("x")), Some(75));
}

#[test]
fn without_a_bar_there_is_no_progress() {
    assert_eq!(progress(&Chat::with(bot(json!([ask("a")]))).begin()), None);
}

#[test]
fn pictures_that_are_variables_are_told_anew() {
    let mut document = bot(json!([
        ask("a"),
        {"id": "s", "type": "Set variable", "options": {"variableId": "v", "expressionToEvaluate": "\"https://e.com/2.png\""}},
        ask("b")
    ]));
    document["theme"] = json!({
        "general": {"background": {"type": "Image", "content": "{{W}}"}},
        "chat": {"hostAvatar": {"url": "{{V}}"}, "guestAvatar": {"url": "{{V}}"}}});
    let mut chat = Chat::with(document.clone());
    let output = chat
        .start(json!({"prefilledVariables": {"V": "https://e.com/1.png"}}))
        .expect("it is served");
    let expected = json!({"hostAvatarUrl": "https://e.com/1.png", "backgroundUrl": ""});
    assert_eq!(
        output.reply.dynamic_theme,
        Some(expected),
        "the guest's is off by default"
    );
    let theme = chat.say("x").reply.dynamic_theme.expect("it is told");
    assert_eq!(theme["hostAvatarUrl"], "https://e.com/2.png");

    document["theme"] = json!({"chat": {"hostAvatar": {"url": "https://e.com/fixed.png"}}});
    assert_eq!(Chat::with(document).begin().reply.dynamic_theme, None);
}

#[test]
fn a_transcript_holds_both_sides_over_several_turns() {
    let document = bot(json!([
        say("t", "Who?"),
        {"id": "i", "type": "image", "content": {"url": "https://e.com/a.png"}},
        ask("a"),
        {"id": "s", "type": "Set variable", "options": {"variableId": "v", "type": "Transcript"}},
        say("u", "{{V}}")
    ]));
    let mut chat = Chat::with(document);
    chat.begin();
    let output = chat.say("Ada");
    let expected = "Assistant: \"Who?\"\n\nAssistant: \"https://e.com/a.png\"\n\nUser: \"Ada\"";
    assert_eq!(
        said(&output).concat().replace("\n\n", ""),
        expected.replace("\n\n", "")
    );
    let recorded = format!("{:?}", output.records.last());
    assert!(
        !recorded.contains("Assistant"),
        "it is for the session only: {recorded}"
    );
}
