//! The request for a completion.

use serde_json::{Value, json};
use talkloom_block::{Call, Failure};

use super::messages::messages;
use super::options::{ChatCompletion, Item};
use crate::text::filled;
use crate::tools::{self, Tool};

/// The request's body.
///
/// # Errors
/// When there is nothing to say to the model.
pub fn of_options(
    options: &ChatCompletion,
    usual_model: &str,
    call: &Call,
) -> Result<Value, Failure> {
    let model = filled(&options.model).unwrap_or(usual_model);
    let messages = messages(&options.messages, model, call);
    let mappings = options.response_mapping.iter();
    let items: Vec<_> = mappings.map(|m| m.item.unwrap_or_default()).collect();
    let mut body = body(model, messages, options.temperature.get(), &items)?;
    let tools: Vec<_> = tools::named(&options.tools).map(described).collect();
    if !tools.is_empty() {
        body["tools"] = Value::from(tools);
    }
    Ok(body)
}

/// A request's body. Text is asked for word by word where someone wants that part of the answer.
///
/// # Errors
/// When there is nothing to say to the model.
pub fn body(
    model: &str,
    messages: Vec<Value>,
    temperature: Option<f64>,
    wanted: &[Item],
) -> Result<Value, Failure> {
    if messages.is_empty() {
        return Err(Failure::other(
            "There are no messages for the model: add one to the block.",
        ));
    }
    let mut body = json!({ "model": model, "messages": messages });
    if let Some(temperature) = temperature {
        body["temperature"] = json!(temperature);
    }
    if wanted.contains(&Item::MessageContent) {
        body["stream"] = json!(true);
        if wanted.iter().any(|item| *item != Item::MessageContent) {
            body["stream_options"] = json!({ "include_usage": true });
        }
    }
    Ok(body)
}

fn described((name, tool): (&str, &Tool)) -> Value {
    let mut function = json!({ "name": name, "parameters": tools::parameters(&tool.parameters) });
    if let Some(description) = filled(&tool.description) {
        function["description"] = json!(description);
    }
    json!({ "type": "function", "function": function })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(mut all: Value) -> Value {
        all["messages"] = json!([{ "role": "user", "content": "Hi" }]);
        let options: ChatCompletion = serde_json::from_value(all).expect("valid options");
        of_options(&options, "usual", &Call::default()).expect("there is a message")
    }

    #[test]
    fn streams_and_counts_only_where_someone_wants_it() {
        let text =
            built(json!({ "temperature": "0,5", "responseMapping": [{ "variableId": "v" }] }));
        assert_eq!(
            (&text["stream"], &text["temperature"]),
            (&json!(true), &json!(0.5))
        );
        assert_eq!(text["model"], json!("usual"));
        assert_eq!(
            (text.get("stream_options"), text.get("tools")),
            (None, None)
        );
        let mapping = json!([{ "variableId": "v" }, { "item": "Total tokens" }]);
        let both = built(json!({ "responseMapping": mapping }));
        assert_eq!(both["stream_options"], json!({ "include_usage": true }));
        let count = built(json!({ "responseMapping": [{ "item": "Total tokens" }] }));
        assert_eq!(count.get("stream"), None);
    }

    #[test]
    fn tools_with_a_name_are_offered() {
        let tools = json!([
            { "type": "function", "name": "now", "description": "The time", "code": "return 1" },
            { "type": "function", "description": "nameless" },
        ]);
        let offered = json!([{ "type": "function", "function": {
            "name": "now",
            "parameters": {
                "type": "object", "properties": {}, "required": [], "additionalProperties": false,
            },
            "description": "The time",
        } }]);
        assert_eq!(built(json!({ "tools": tools }))["tools"], offered);
    }

    #[test]
    fn without_messages_nothing_is_asked() {
        let refused = of_options(&ChatCompletion::default(), "usual", &Call::default());
        assert!(matches!(refused, Err(Failure::Other(_))));
    }
}
