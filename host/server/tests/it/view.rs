//! What a visitor could tell apart in an answer, and where two differ.

use serde_json::{Map, Value, json};

use crate::app::Answer;

/// Ids of places in the flow, which a page shows to nobody.
const UNSEEN: [&str; 3] = ["outgoingEdgeId", "blockId", "groupId"];

/// An answer without ids of sessions and results, nulls, and what only the page's machinery uses.
pub fn view(answer: &Answer) -> Value {
    let body = &answer.body;
    if answer.status != 200 {
        return json!({"status": answer.status});
    }
    let messages = body["messages"].as_array().into_iter().flatten();
    let mut seen = Map::new();
    seen.insert("messages".into(), messages.map(message).collect());
    if let Some(input) = body["input"].as_object() {
        let mut input = input.clone();
        input.remove("runtimeOptions");
        seen.insert("input".into(), shown(&Value::Object(input)));
    }
    let actions = body["clientSideActions"].as_array().into_iter().flatten();
    let actions: Vec<_> = actions
        .filter(|action| action["type"] != "startPropsToInject")
        .map(shown)
        .collect();
    if !actions.is_empty() {
        seen.insert("actions".into(), actions.into());
    }
    if !body["lastMessageNewFormat"].is_null() {
        seen.insert("reformatted".into(), body["lastMessageNewFormat"].clone());
    }
    if let Some(progress) = body["progress"].as_f64() {
        seen.insert("progress".into(), json!((progress * 10.0).round() / 10.0));
    }
    if body["dynamicTheme"]
        .as_object()
        .is_some_and(|theme| !theme.is_empty())
    {
        seen.insert("dynamicTheme".into(), shown(&body["dynamicTheme"]));
    }
    Value::Object(seen)
}

fn message(message: &Value) -> Value {
    let is_embed = message["type"] == "custom-embed";
    let id = if is_embed {
        &Value::Null
    } else {
        &message["id"]
    };
    shown(&json!({"id": id, "type": message["type"], "content": message["content"]}))
}

fn shown(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let seen = |(key, value): &(&String, &Value)| {
                !value.is_null() && !UNSEEN.contains(&key.as_str())
            };
            let fields = fields.iter().filter(seen);
            fields
                .map(|(key, value)| (key.clone(), shown(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(shown).collect(),
        other => other.clone(),
    }
}

/// The first place where an answer is not as recorded. `{"any": true}` fits everything; of an error
/// only the status counts.
pub fn difference(recorded: &Value, seen: &Value) -> Option<String> {
    match (recorded, seen) {
        (Value::Object(recorded), _) if recorded.get("any") == Some(&json!(true)) => None,
        (Value::Object(recorded), Value::Object(seen)) if recorded.contains_key("status") => {
            unlike(
                &recorded["status"],
                seen.get("status").unwrap_or(&Value::Null),
            )
        }
        (Value::Object(recorded), Value::Object(seen)) => {
            let extra = seen.keys().filter(|key| !recorded.contains_key(*key));
            let mut keys = recorded.keys().chain(extra);
            keys.find_map(|key| {
                let of = |fields: &Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
                let found = difference(&of(recorded), &of(seen))?;
                Some(format!(".{key}{found}"))
            })
        }
        (Value::Array(recorded), Value::Array(seen)) if recorded.len() == seen.len() => {
            let mut pairs = recorded.iter().zip(seen).enumerate();
            pairs.find_map(|(place, (recorded, seen))| {
                let found = difference(recorded, seen)?;
                Some(format!("[{place}]{found}"))
            })
        }
        (Value::Number(recorded), Value::Number(seen)) if recorded.as_f64() == seen.as_f64() => {
            None
        }
        _ => unlike(recorded, seen),
    }
}

fn unlike(recorded: &Value, seen: &Value) -> Option<String> {
    (recorded != seen).then(|| format!(": recorded {recorded}, seen {seen}"))
}
