//! Links to other bots: what they are given and what they give back.

use crate::bots::{Chat, answers, asked, bot, push, said, say};
use serde_json::{Value, json};
use talkloom_engine::output::Record;

fn link(merges: Option<bool>) -> Value {
    let mut options = json!({"typebotId": "child"});
    if let Some(merges) = merges {
        options["mergeResults"] = json!(merges);
    }
    json!({"id": "link", "type": "Typebot link", "options": options})
}

/// Asks, sets a variable of its own and one that both bots have.
fn child() -> Value {
    let mut child = bot(json!([
        say("c1", "child has {{V}}"),
        {"id": "cq", "type": "text input", "options": {"variableId": "cv"}},
        {"id": "cs", "type": "Set variable", "options": {"variableId": "own", "expressionToEvaluate": "\"new\""}}
    ]));
    child["variables"] = json!([{"id": "cv", "name": "V"}, {"id": "own", "name": "Own"}]);
    child
}

fn chat(merges: Option<bool>) -> Chat {
    let mut document = bot(json!([link(merges), say("p", "parent has {{V}} {{Own}}"),
        {"id": "pq", "type": "text input"}]));
    push(
        &mut document,
        "variables",
        json!({"id": "po", "name": "Own", "value": "old"}),
    );
    let mut chat = Chat::with(document);
    chat.add("child", child());
    chat
}

fn results(records: &[Record]) -> Vec<(&str, &str, bool)> {
    let records = records.iter();
    records
        .filter_map(|record| match record {
            Record::Result {
                result,
                bot,
                is_completed,
                ..
            } => Some((result.as_str(), bot.as_str(), *is_completed)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_link_that_merges_gives_all_back() {
    let mut chat = chat(Some(true));
    let output = chat
        .start(json!({"prefilledVariables": {"V": "x"}}))
        .expect("it is served");
    assert_eq!(said(&output), ["child has x"]);
    assert_eq!(asked(&output), Some("cq"));
    let output = chat.say("y");
    assert_eq!(said(&output), ["parent has y new"]);
    let answer = output.records.iter().find_map(|record| match record {
        Record::Answer { result, .. } => Some(result.as_str()),
        _ => None,
    });
    assert_eq!(answer, Some("result"));
    assert_eq!(results(&output.records), [("result", "bot", false)]);
}

#[test]
fn a_link_keeps_its_result_apart_by_default() {
    let mut chat = chat(None);
    let output = chat
        .start(json!({"prefilledVariables": {"V": "x"}}))
        .expect("it is served");
    assert_eq!(said(&output), ["child has x"]);
    assert_eq!(
        results(&output.records),
        [("id1", "child", false), ("result", "bot", false)]
    );
    let output = chat.say("y");
    assert_eq!(said(&output), ["parent has x old"], "nothing comes back");
    assert_eq!(answers(&output), [("cq", "y")]);
    assert_eq!(
        results(&output.records),
        [("id1", "child", true), ("result", "bot", false)]
    );
}

#[test]
fn a_link_to_the_same_bot_merges() {
    let mut options = json!({"typebotId": "current", "groupId": "{{V}}", "mergeResults": false});
    let blocks = |options: &Value| json!([{"id": "link", "type": "Typebot link", "options": options}, say("a", "{{W}}")]);
    let target = json!([{"id": "s", "type": "Set variable",
        "options": {"variableId": "w", "expressionToEvaluate": "\"set\""}}]);
    for id in ["current", "bot"] {
        options["typebotId"] = json!(id);
        let document = crate::bots::group(bot(blocks(&options)), "h", target.clone());
        let mut chat = Chat::with(document);
        let output = chat
            .start(json!({"prefilledVariables": {"V": "H"}}))
            .expect("it is served");
        assert_eq!(said(&output), ["set"], "{id}");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_passed_over_with_a_line() {
    for options in [
        json!({}),
        json!({"typebotId": "gone"}),
        json!({"typebotId": "current", "groupId": "no"}),
    ] {
        let blocks =
            json!([{"id": "link", "type": "Typebot link", "options": options}, say("a", "on")]);
        let output = Chat::with(bot(blocks)).begin();
        assert_eq!(said(&output), ["on"], "{options}");
        assert_eq!(output.reply.logs.len(), 1, "{options}");
    }
}

#[test]
fn the_way_into_a_link_is_recorded_for_the_parent() {
    let output = chat(Some(true)).begin();
    let edges: Vec<_> = output
        .records
        .iter()
        .filter_map(|record| match record {
            Record::VisitedEdge { edge, result, .. } => Some((result.as_str(), edge.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(edges, [("result", "virtual-g")]);
}
