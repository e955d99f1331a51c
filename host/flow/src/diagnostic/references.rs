//! References that lead nowhere: edges, variables, links.

use super::{Diagnostic, Severity};
use crate::block::{Block, BlockKind};
use crate::document::Group;
use crate::flow::Flow;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn start(flow: &Flow, found: &mut Vec<Diagnostic>) {
    match flow.document().start_event() {
        None => found.push(Diagnostic::new(
            Severity::Error,
            "start_missing",
            "The bot has no start. Add a start event and connect it to a group.",
        )),
        Some(event) if event.outgoing_edge_id.filled().is_none() => found.push(Diagnostic::new(
            Severity::Warning,
            "start_not_connected",
            "The start leads nowhere. Connect it to a group.",
        )),
        Some(_) => {}
    }
}

pub(super) fn edges(flow: &Flow, found: &mut Vec<Diagnostic>) {
    for event in flow.document().events.items() {
        if let Some(id) = event
            .outgoing_edge_id
            .filled()
            .filter(|id| flow.edge(id).is_none())
        {
            found.push(
                Diagnostic::new(Severity::Warning, "edge_missing", missing_edge(id))
                    .field(format!("events.{}.outgoingEdgeId", event.id.text())),
            );
        }
    }
    for_each_block(flow, |group, block| {
        for id in block
            .outgoing_edges()
            .into_iter()
            .filter(|id| flow.edge(id).is_none())
        {
            found.push(
                Diagnostic::new(Severity::Warning, "edge_missing", missing_edge(id))
                    .at(group.id.text(), block.id())
                    .field("outgoingEdgeId"),
            );
        }
    });
    for edge in flow.document().edges.items() {
        let id = edge.id.text();
        let target = edge.to.get();
        let group = target.and_then(|target| target.group_id.filled());
        let Some(group) = group.and_then(|group| flow.group(group)) else {
            found.push(
                Diagnostic::new(
                    Severity::Warning,
                    "target_missing",
                    format!("The connection {id} leads to a group that is gone. Draw it again."),
                )
                .field(format!("edges.{id}.to.groupId")),
            );
            continue;
        };
        let block = target.and_then(|target| target.block_id.filled());
        if block.is_some_and(|block| !group.blocks.items().any(|other| other.id() == block)) {
            found.push(
                Diagnostic::new(
                    Severity::Warning,
                    "target_missing",
                    format!("The connection {id} leads to a block that is gone. Draw it again."),
                )
                .at(group.id.text(), "")
                .field(format!("edges.{id}.to.blockId")),
            );
        }
    }
}

fn missing_edge(id: &str) -> String {
    format!("It leads over the connection {id}, which is gone. Connect it again.")
}

pub(super) fn variables(flow: &Flow, found: &mut Vec<Diagnostic>) {
    let names: BTreeSet<&str> = flow
        .document()
        .variables
        .items()
        .map(|variable| variable.name.text())
        .collect();
    for_each_block(flow, |group, block| {
        let Ok(json) = serde_json::to_value(block) else {
            return;
        };
        let mut path = Vec::new();
        walk(&json, &mut path, &mut |path, text| {
            let Some((message, code)) = variable_fault(flow, &names, path, text) else {
                return;
            };
            found.push(
                Diagnostic::new(Severity::Warning, code, message)
                    .at(group.id.text(), block.id())
                    .field(path.join(".")),
            );
        });
    });
}

fn variable_fault(
    flow: &Flow,
    names: &BTreeSet<&str>,
    path: &[String],
    text: &str,
) -> Option<(String, &'static str)> {
    let key = path.last()?;
    if key == "variableId" || key.ends_with("VariableId") {
        let message = "It names a variable that is gone. Choose another.".to_owned();
        return (!text.is_empty() && flow.variable(text).is_none())
            .then_some((message, "variable_missing"));
    }
    let name = placeholders(text)
        .into_iter()
        .find(|name| !names.contains(name.as_str()))?;
    let message =
        format!("No variable is called “{name}”: nothing is put in for {{{{{name}}}}}. Create it.");
    Some((message, "name_unknown"))
}

/// The names between double braces, without code and without what only some blocks understand.
fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        rest = &rest[start + 2..];
        let Some(end) = rest.find("}}") else { break };
        let name = &rest[..end];
        if !name.starts_with('=')
            && !name.contains(['{', '}'])
            && name != "state"
            && !name.is_empty()
        {
            names.push(name.to_owned());
        }
        rest = &rest[end..];
    }
    names
}

fn walk(json: &Value, path: &mut Vec<String>, visit: &mut impl FnMut(&[String], &str)) {
    match json {
        Value::String(text) => visit(path, text),
        Value::Array(elements) => {
            for (place, element) in elements.iter().enumerate() {
                path.push(place.to_string());
                walk(element, path, visit);
                path.pop();
            }
        }
        Value::Object(keys) => {
            for (key, value) in keys {
                path.push(key.clone());
                walk(value, path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

pub(super) fn links(flow: &Flow, found: &mut Vec<Diagnostic>) {
    for_each_block(flow, |group, block| {
        let BlockKind::Jump(options) = &block.kind else {
            return;
        };
        let Some(target) = options.get().and_then(|options| options.group_id.filled()) else {
            return;
        };
        if !target.starts_with("{{") && flow.group(target).is_none() {
            found.push(
                Diagnostic::new(
                    Severity::Warning,
                    "target_missing",
                    "It jumps to a group that is gone. Choose another.",
                )
                .at(group.id.text(), block.id())
                .field("options.groupId"),
            );
        }
    });
}

fn for_each_block(flow: &Flow, mut visit: impl FnMut(&Group, &Block)) {
    for group in flow.document().groups.items() {
        for block in group.blocks.items() {
            visit(group, block);
        }
    }
}
