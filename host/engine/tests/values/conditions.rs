//! Every operator against many values.

use std::collections::BTreeSet;

use serde_json::Value;
use talkloom_engine::condition::compare;
use talkloom_engine::template::{Mode, interpolate, single_variable};
use talkloom_flow::VariableValue;

use crate::recording::{Recording, recordings};

#[test]
fn operators_agree() {
    let mut differences = Vec::new();
    for (name, recording) in recordings("condition-left-") {
        let said: BTreeSet<&str> = recording.walks[0].seen[0]["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|message| message["id"].as_str())
            .collect();
        let left = recording.variable("L").unwrap_or_default();
        for Comparison {
            operator,
            right,
            says,
        } in comparisons(&recording)
        {
            let holds = compare(operator, &left, &right_value(&recording, right)).unwrap();
            if holds != said.contains(says) {
                differences.push(format!(
                    "{name}: {left:?} {operator} {right:?} is {}",
                    !holds
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A comparison and the bubble that is said where it holds.
struct Comparison<'r> {
    operator: &'r str,
    right: &'r str,
    says: &'r str,
}

fn comparisons(recording: &Recording) -> impl Iterator<Item = Comparison<'_>> {
    let conditions = recording
        .blocks()
        .filter(|block| block["type"] == "Condition");
    conditions.map(|block| {
        let item = &block["items"][0];
        let comparison = &item["content"]["comparisons"][0];
        Comparison {
            operator: comparison["comparisonOperator"].as_str().unwrap(),
            right: comparison["value"].as_str().unwrap(),
            says: first_block_behind(recording, &item["outgoingEdgeId"]),
        }
    })
}

fn first_block_behind<'r>(recording: &'r Recording, edge: &Value) -> &'r str {
    let with_id = |list: &'r Value, id: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .find(|candidate| candidate["id"] == *id)
            .unwrap()
    };
    let edge = with_id(&recording.bot["edges"], edge);
    let group = with_id(&recording.bot["groups"], &edge["to"]["groupId"]);
    group["blocks"][0]["id"].as_str().unwrap()
}

fn right_value(recording: &Recording, written: &str) -> VariableValue {
    if matches!(written, "null" | "undefined") {
        return VariableValue::Null;
    }
    match single_variable(written) {
        Some(name) => recording
            .variable(name)
            .unwrap_or(VariableValue::Text(String::new())),
        None => VariableValue::Text(interpolate(written, Mode::Text, |_| None)),
    }
}
