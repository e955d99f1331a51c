//! Old files: versions 3 to 5 become 6.1 before they are read.

use crate::diagnostic::{Diagnostic, Severity};
use crate::open::OpenError;
use serde_json::{Map, Value, json};

const HTTP_TYPES: [&str; 4] = ["Webhook", "Zapier", "Make.com", "Pabbly"];

/// Rewrites an old file as one of version 6.1.
pub(crate) fn to_current(
    file: &mut Map<String, Value>,
    version: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), OpenError> {
    if version != "5" {
        drop_invalid_edges(file, diagnostics);
    }
    if version == "3" {
        inline_http_settings(file, diagnostics);
    }
    begin_with_event(file)?;
    each_block(file, |_, block| convert_reference_cell(block));
    file.insert("version".to_owned(), json!("6.1"));
    Ok(())
}

fn each_block(file: &mut Map<String, Value>, mut visit: impl FnMut(&str, &mut Map<String, Value>)) {
    let groups = file
        .get_mut("groups")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten();
    for group in groups.filter_map(Value::as_object_mut) {
        let id = group
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let blocks = group
            .get_mut("blocks")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for block in blocks.filter_map(Value::as_object_mut) {
            visit(&id, block);
        }
    }
}

fn drop_invalid_edges(file: &mut Map<String, Value>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(edges) = file.get_mut("edges").and_then(Value::as_array_mut) else {
        return;
    };
    edges.retain(|edge| {
        let valid = is_edge(edge);
        if !valid {
            let id = edge["id"].as_str().unwrap_or("without an id");
            diagnostics.push(Diagnostic::new(
                Severity::Warning,
                "edge_dropped",
                format!(
                    "The connection {id} had no proper beginning or end and was left out. Draw it \
                     again if it is missed."
                ),
            ));
        }
        valid
    });
}

fn is_edge(edge: &Value) -> bool {
    let optional = |value: &Value| value.is_null() || value.is_string();
    edge["id"].is_string()
        && (edge["from"]["eventId"].is_string()
            || (edge["from"]["blockId"].is_string() && optional(&edge["from"]["itemId"])))
        && edge["to"]["groupId"].is_string()
        && optional(&edge["to"]["blockId"])
}

/// The settings of HTTP blocks stood beside the bot in version 3; its file has their ids only.
fn inline_http_settings(file: &mut Map<String, Value>, diagnostics: &mut Vec<Diagnostic>) {
    each_block(file, |group, block| {
        if !block
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|t| HTTP_TYPES.contains(&t))
        {
            return;
        }
        let Some(id) = block.remove("webhookId") else {
            return;
        };
        let options = block.entry("options").or_insert_with(|| json!({}));
        if !options.is_object() {
            *options = json!({});
        }
        if options["webhook"].is_object() {
            return;
        }
        options["webhook"] = json!({"method": "POST"});
        if id.is_string() {
            options["webhook"]["id"] = id;
        }
        let block_id = block.get("id").and_then(Value::as_str).unwrap_or_default();
        diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "http_settings_lost",
                "The file does not hold this request's address, headers and body: files of this \
                 age kept them elsewhere. Fill them in again.",
            )
            .at(group, block_id)
            .field("options.webhook"),
        );
    });
}

/// A start group and its start block become the start event.
fn begin_with_event(file: &mut Map<String, Value>) -> Result<(), OpenError> {
    let is_start = |block: &Value| block["type"] == "start";
    let blocks_of = |group: &Value| group["blocks"].as_array().cloned().unwrap_or_default();
    let groups = file
        .get_mut("groups")
        .and_then(Value::as_array_mut)
        .ok_or(OpenError::NoStart)?;
    let start_group = groups
        .iter()
        .find(|group| blocks_of(group).iter().any(is_start))
        .cloned()
        .ok_or(OpenError::NoStart)?;
    let start_block = blocks_of(&start_group)
        .into_iter()
        .find(is_start)
        .unwrap_or_default();
    groups.retain(|group| !blocks_of(group).iter().all(is_start));
    for blocks in groups
        .iter_mut()
        .filter_map(|group| group.get_mut("blocks")?.as_array_mut())
    {
        blocks.retain(|block| !is_start(block));
    }

    let mut event = json!({"id": start_group["id"], "type": "start"});
    for (key, value) in [
        ("graphCoordinates", &start_group["graphCoordinates"]),
        ("outgoingEdgeId", &start_block["outgoingEdgeId"]),
    ] {
        if !value.is_null() {
            event[key] = value.clone();
        }
    }
    file.insert("events".to_owned(), json!([event]));

    let edges = file.get_mut("edges").and_then(Value::as_array_mut);
    if let (Some(edges), Some(start_edge)) = (edges, start_block["outgoingEdgeId"].as_str())
        && let Some(place) = edges.iter().position(|edge| edge["id"] == start_edge)
    {
        let mut edge = edges.remove(place);
        edge["from"] = json!({"eventId": start_group["id"]});
        edges.insert(0, edge);
    }
    Ok(())
}

/// A reference cell was a filter with a single comparison.
fn convert_reference_cell(block: &mut Map<String, Value>) {
    if block.get("type").and_then(Value::as_str) != Some("Google Sheets") {
        return;
    }
    let Some(options) = block.get_mut("options").and_then(Value::as_object_mut) else {
        return;
    };
    let action = options.get("action").and_then(Value::as_str);
    if !matches!(action, Some("Get data from sheet" | "Update a row"))
        || options
            .get("filter")
            .is_some_and(|filter| !filter.is_null())
    {
        return;
    }
    let Some(cell) = options
        .get("referenceCell")
        .cloned()
        .filter(Value::is_object)
    else {
        return;
    };
    options.remove("referenceCell");
    let mut comparison = json!({"comparisonOperator": "Equal to"});
    for key in ["id", "column", "value"] {
        if !cell[key].is_null() {
            comparison[key] = cell[key].clone();
        }
    }
    options.insert("filter".to_owned(), json!({"comparisons": [comparison]}));
}
