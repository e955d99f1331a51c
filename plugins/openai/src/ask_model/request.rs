//! The requests: the first, and those that bring the results of functions.

use serde_json::{Value, json};
use talkloom_block::prelude::*;
use talkloom_models::chat;
use talkloom_models::text::filled;
use talkloom_models::tools::{self, Tool};

use super::options::{AskModel, Item};

const MODEL: &str = "gpt-4o-mini";

/// The first request's body. Text is asked for word by word where a variable receives it.
///
/// # Errors
/// When there is nothing to ask.
pub fn body(options: &AskModel, call: &Call) -> Result<Value, Failure> {
    let model = filled(&options.model).unwrap_or(MODEL);
    let message = filled(&options.message).and_then(|message| chat::user(message, model));
    let message = message
        .ok_or_else(|| Failure::other("The message is empty: write what the model is asked."))?;
    let mut body = json!({ "model": model, "input": [input(message)] });
    if let Some(instructions) = filled(&options.instructions) {
        body["instructions"] = json!(instructions);
    }
    if let Some(temperature) = options.temperature.get() {
        body["temperature"] = json!(temperature);
    }
    let tools = offered(options);
    if !tools.is_empty() {
        body["tools"] = Value::from(tools);
    }
    let variable = options.response_id_variable_id.as_ref();
    let previous = variable.and_then(|variable| call.value(variable).as_str());
    if let Some(previous) = previous.map(str::trim).filter(|id| !id.is_empty()) {
        body["previous_response_id"] = json!(previous);
    }
    let is_text = |item: Option<Item>| item.unwrap_or_default() == Item::Message;
    if options.response_mapping.iter().any(|m| is_text(m.item)) {
        body["stream"] = json!(true);
    }
    Ok(body)
}

/// A message of the chat protocol as this one writes it.
fn input(mut message: Value) -> Value {
    for part in message["content"].as_array_mut().into_iter().flatten() {
        *part = match part["image_url"]["url"].as_str() {
            Some(url) => json!({ "type": "input_image", "image_url": url }),
            None => json!({ "type": "input_text", "text": part["text"] }),
        };
    }
    message
}

fn offered(options: &AskModel) -> Vec<Value> {
    let mut offered = Vec::new();
    let stores = options.file_search_vector_store_ids.iter();
    let stores: Vec<_> = stores
        .map(|id| id.trim())
        .filter(|id| !id.is_empty())
        .collect();
    if !stores.is_empty() {
        offered.push(file_search(&stores, options));
    }
    if options.web_search_enabled == Some(true) {
        offered.push(json!({ "type": "web_search" }));
    }
    if options.code_interpreter_enabled == Some(true) {
        offered.push(json!({ "type": "code_interpreter", "container": { "type": "auto" } }));
    }
    offered.extend(tools::named(&options.functions).map(function));
    offered
}

fn file_search(stores: &[&str], options: &AskModel) -> Value {
    let mut search = json!({ "type": "file_search", "vector_store_ids": stores });
    if let Some(most) = options.file_search_max_num_results.get() {
        // Between the limits, so that nothing is lost.
        search["max_num_results"] = json!(most.clamp(1.0, 50.0) as u64);
    }
    if let Some(score) = options.file_search_score_threshold.get() {
        search["ranking_options"] = json!({ "score_threshold": score.clamp(0.0, 1.0) });
    }
    search
}

fn function((name, tool): (&str, &Tool)) -> Value {
    json!({
        "type": "function",
        "name": name,
        "description": filled(&tool.description),
        "parameters": tools::parameters(&tool.parameters),
        // A strict schema would have no optional parameters.
        "strict": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(options: Value, call: &Call) -> Value {
        let options: AskModel = serde_json::from_value(options).expect("valid options");
        body(&options, call).expect("there is a message")
    }

    #[test]
    fn the_model_is_asked_with_its_tools() {
        let call = Call::default().with_variable("v1", "Last", " resp_1 ");
        let options = json!({
            "model": "gpt-5", "message": "Hi", "instructions": "Be kind.",
            "responseIdVariableId": "v1", "temperature": "0,2",
            "fileSearchVectorStoreIds": ["vs_1", " "],
            "fileSearchMaxNumResults": "80", "fileSearchScoreThreshold": 0.5,
            "webSearchEnabled": true, "codeInterpreterEnabled": true,
            "functions": [{ "name": "now", "parameters": [{ "name": "zone" }] }, {}],
            "responseMapping": [{ "variableId": "v2" }],
        });
        let expected = json!({
            "model": "gpt-5",
            "input": [{ "role": "user", "content": "Hi" }],
            "instructions": "Be kind.",
            "temperature": 0.2,
            "tools": [
                {
                    "type": "file_search", "vector_store_ids": ["vs_1"],
                    "max_num_results": 50, "ranking_options": { "score_threshold": 0.5 },
                },
                { "type": "web_search" },
                { "type": "code_interpreter", "container": { "type": "auto" } },
                {
                    "type": "function", "name": "now", "description": null,
                    "parameters": {
                        "type": "object", "properties": { "zone": { "type": "string" } },
                        "required": [], "additionalProperties": false,
                    },
                    "strict": false,
                },
            ],
            "previous_response_id": "resp_1",
            "stream": true,
        });
        assert_eq!(built(options, &call), expected);
    }

    #[test]
    fn little_is_said_where_little_is_set() {
        let call = Call::default().with_variable("v1", "Last", Value::Null);
        let options = json!({
            "message": "Hi", "responseIdVariableId": "v1",
            "responseMapping": [{ "item": "Response ID", "variableId": "v2" }],
        });
        let input = json!([{ "role": "user", "content": "Hi" }]);
        let expected = json!({ "model": "gpt-4o-mini", "input": input });
        assert_eq!(built(options, &call), expected);
        assert!(body(&AskModel::default(), &call).is_err());
    }

    #[test]
    fn pictures_are_shown() {
        let options = json!({ "message": "What is this?\n\nhttps://e.example/a.png" });
        let content = json!([
            { "type": "input_text", "text": "What is this?" },
            { "type": "input_image", "image_url": "https://e.example/a.png" },
        ]);
        let body = built(options, &Call::default());
        assert_eq!(body["input"][0]["content"], content);
    }
}
