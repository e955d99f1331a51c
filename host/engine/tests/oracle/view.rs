//! What a visitor could tell apart of a reply.

use serde_json::{Map, Value, json};
use talkloom_engine::Output;

/// Reduces a turn to what recordings hold.
pub fn view(output: &Output) -> Value {
    let reply = &output.reply;
    let messages: Value = reply
        .messages
        .iter()
        .map(|message| {
            let mut seen = json!({"type": message["type"], "content": message["content"]});
            if message["type"] != "custom-embed" {
                seen["id"] = message["id"].clone();
            }
            drop_empty(&seen)
        })
        .collect();
    let mut view = json!({"messages": messages});
    if let Some(input) = &reply.input {
        let mut input = input.clone();
        if let Some(input) = input.as_object_mut() {
            input.remove("runtimeOptions");
        }
        view["input"] = drop_empty(&input);
    }
    let actions: Vec<Value> = reply
        .client_side_actions
        .iter()
        .filter(|action| action["type"] != "startPropsToInject")
        .map(drop_empty)
        .collect();
    if !actions.is_empty() {
        view["actions"] = Value::Array(actions);
    }
    if let Some(text) = &reply.last_message_new_format {
        view["reformatted"] = json!(text);
    }
    if let Some(progress) = reply.progress {
        view["progress"] = json!((progress * 10.0).round() / 10.0);
    }
    if let Some(theme) = &reply.dynamic_theme {
        view["dynamicTheme"] = drop_empty(theme);
    }
    view
}

fn drop_empty(value: &Value) -> Value {
    match value {
        Value::Object(keys) => keys
            .iter()
            .filter(|(key, value)| {
                !value.is_null()
                    && !["outgoingEdgeId", "blockId", "groupId"].contains(&key.as_str())
            })
            .map(|(key, value)| (key.clone(), drop_empty(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.iter().map(drop_empty).collect(),
        other => other.clone(),
    }
}

/// Where two views first differ; a recorded `{"any": true}` equals everything.
pub fn first_difference(recorded: &Value, ours: &Value, path: &str) -> Option<String> {
    if recorded["any"] == true {
        return None;
    }
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            let keys = recorded.keys().chain(ours.keys());
            keys.into_iter()
                .find_map(|key| match (recorded.get(key), ours.get(key)) {
                    (Some(recorded), Some(ours)) => {
                        first_difference(recorded, ours, &format!("{path}.{key}"))
                    }
                    (Some(value), None) => Some(format!("{path}.{key}: missing, recorded {value}")),
                    (None, Some(value)) => Some(format!("{path}.{key}: unexpected {value}")),
                    (None, None) => None,
                })
        }
        (Value::Array(recorded), Value::Array(ours)) => recorded
            .iter()
            .zip(ours)
            .enumerate()
            .find_map(|(n, (recorded, ours))| {
                first_difference(recorded, ours, &format!("{path}[{n}]"))
            })
            .or_else(|| {
                (recorded.len() != ours.len()).then(|| {
                    let longer = if recorded.len() > ours.len() {
                        recorded
                    } else {
                        ours
                    };
                    let extra = &longer[recorded.len().min(ours.len())];
                    format!(
                        "{path}: {} recorded, {} ours: {extra}",
                        recorded.len(),
                        ours.len()
                    )
                })
            }),
        (recorded, ours) if recorded == ours => None,
        (recorded, ours) => Some(format!("{path}: recorded {recorded}, ours {ours}")),
    }
}
