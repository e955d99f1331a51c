//! Variables that a model fills: it answers with one JSON object, as a schema says.

use serde_json::{Map, Value, json};
use talkloom_block::prelude::*;

use crate::Service;
use crate::service::{unreadable, upstream};
use crate::text::{beginning, filled};

/// How often a model is asked that refuses.
const TRIES: usize = 2;
/// How much of a refusal is shown, in characters.
const SHOWN: usize = 300;

/// What the model is asked, and the variables that it fills.
#[options]
pub struct GenerateVariables {
    /// The model that answers.
    #[field(label = "Model", choices)]
    pub model: Option<String>,
    /// What the values are taken from, and what to look for.
    #[field(
        label = "Prompt",
        input = "textarea",
        placeholder = "Extract the visitor's wishes from: {{Message}}"
    )]
    pub prompt: Option<String>,
    /// The variables, which the model knows by their names.
    #[field(
        label = "Variables",
        accordion = "Variables",
        item_label = "Add variable"
    )]
    pub variables_to_extract: Vec<Extracted>,
}

/// A variable that the model fills.
#[options]
pub struct Extracted {
    /// What kind of value it is.
    #[serde(rename = "type")]
    #[field(label = "Type")]
    pub kind: Option<ValueType>,
    /// The variable.
    #[field(label = "Variable")]
    pub variable_id: Option<Variable>,
    /// What it means, for the model.
    #[field(label = "Description", input = "textarea")]
    pub description: Option<String>,
    /// The model must find a value; otherwise it may leave the variable as it is.
    #[field(label = "Required", default = true)]
    pub is_required: Option<bool>,
    /// The values that the model chooses from.
    #[field(label = "Values", shown_for = { "type": ["enum"] })]
    pub values: Vec<String>,
}

/// What kind of value a variable is given.
#[options]
#[derive(Copy, Eq)]
pub enum ValueType {
    /// A text.
    #[default]
    #[serde(rename = "string")]
    String,
    /// A number.
    #[serde(rename = "number")]
    Number,
    /// Yes or no.
    #[serde(rename = "boolean")]
    Boolean,
    /// A list of texts.
    #[serde(rename = "array")]
    Array,
    /// One of some texts.
    #[serde(rename = "enum")]
    Enum,
}

/// A variable and the name by which the model knows it.
type Wanted<'o> = (String, &'o Extracted, &'o Variable);

/// Has the model fill variables.
///
/// # Errors
/// When nothing is asked for, the model cannot answer this way, or refuses.
pub fn generate(
    service: &Service,
    usual_model: &str,
    options: &GenerateVariables,
    call: &mut Call,
) -> Result<(), Failure> {
    let model = filled(&options.model).unwrap_or(usual_model);
    let prompt = filled(&options.prompt);
    let prompt = prompt.ok_or_else(|| {
        Failure::other("The prompt is empty: write what the model is to look for.")
    })?;
    let wanted = wanted(&options.variables_to_extract, call);
    if wanted.is_empty() {
        return Err(Failure::other(
            "There are no variables to fill: choose at least one.",
        ));
    }
    let body = body(model, prompt, &wanted);
    let found = ask(service, model, &body)?;
    for (name, _, variable) in wanted {
        match found.get(&name) {
            None | Some(Value::Null) => {}
            Some(value) => call.set(variable, value.clone()),
        }
    }
    Ok(())
}

fn wanted<'o>(extracted: &'o [Extracted], call: &Call) -> Vec<Wanted<'o>> {
    let mut wanted: Vec<Wanted<'o>> = Vec::new();
    for entry in extracted {
        let Some(variable) = &entry.variable_id else {
            continue;
        };
        let Some(name) = call.name(variable) else {
            continue;
        };
        if wanted.iter().all(|(known, ..)| known != name) {
            wanted.push((name.to_owned(), entry, variable));
        }
    }
    wanted
}

fn body(model: &str, prompt: &str, wanted: &[Wanted<'_>]) -> Value {
    let names: Vec<_> = wanted.iter().map(|(name, ..)| name.as_str()).collect();
    let entries = wanted.iter();
    let properties: Map<_, _> = entries
        .map(|(name, entry, _)| (name.clone(), property(entry)))
        .collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        // Strict schemas have no optional keys: what may be missing is null.
        "required": names,
        "additionalProperties": false,
    });
    json!({
        "model": model,
        "messages": [{ "role": "user", "content": prompt }],
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": "variables", "strict": true, "schema": schema },
        },
    })
}

fn property(entry: &Extracted) -> Value {
    let mut kind = match entry.kind.unwrap_or_default() {
        ValueType::Number => json!({ "type": "number" }),
        ValueType::Boolean => json!({ "type": "boolean" }),
        ValueType::Array => json!({ "type": "array", "items": { "type": "string" } }),
        ValueType::Enum if !entry.values.is_empty() => {
            json!({ "type": "string", "enum": entry.values })
        }
        ValueType::String | ValueType::Enum => json!({ "type": "string" }),
    };
    if entry.is_required == Some(false) {
        kind["type"] = json!([kind["type"], "null"]);
        if let Some(values) = kind["enum"].as_array_mut() {
            values.push(Value::Null);
        }
    }
    if let Some(description) = filled(&entry.description) {
        kind["description"] = json!(description);
    }
    kind
}

fn ask(service: &Service, model: &str, body: &Value) -> Result<Map<String, Value>, Failure> {
    let mut refusal = String::new();
    for _ in 0..TRIES {
        let answered = service.post("/chat/completions", body);
        let mut response = answered.map_err(|failure| explained(failure, model))?;
        match parse(&response.bytes()?)? {
            Ok(found) => return Ok(found),
            Err(said) => refusal = said,
        }
    }
    let refusal = beginning(&refusal, SHOWN);
    Err(upstream(None, format!("The model refused: {refusal}")))
}

/// Services say in many words that a model does not know schemas.
fn explained(failure: Failure, model: &str) -> Failure {
    let is_about_schemas = matches!(&failure, Failure::Upstream { status: Some(400 | 404 | 422), message, .. }
        if ["response_format", "json_schema", "structured output"].iter().any(|word| message.contains(word)));
    if !is_about_schemas {
        return failure;
    }
    upstream(
        Some(400),
        format!(
            "The model “{model}” cannot answer with variables: choose one that supports \
             structured outputs. ({failure})"
        ),
    )
}

/// The values, or the words of a refusal.
fn parse(bytes: &[u8]) -> Result<Result<Map<String, Value>, String>, Failure> {
    let wrong = || unreadable("chat completion", bytes);
    let answer: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
    let choice = answer.pointer("/choices/0").ok_or_else(wrong)?;
    if choice["finish_reason"] == "length" {
        return Err(Failure::other(
            "The model's answer was cut off: it is longer than the model may write.",
        ));
    }
    if let Some(refusal) = choice["message"]["refusal"].as_str() {
        return Ok(Err(refusal.to_owned()));
    }
    let content = choice["message"]["content"].as_str().unwrap_or_default();
    match serde_json::from_str(content) {
        Ok(found) => Ok(Ok(found)),
        // Whoever does not keep to the schema says something else instead.
        Err(_) => Ok(Err(content.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_a_strict_schema() {
        let options: GenerateVariables = serde_json::from_value(json!({ "variablesToExtract": [
            { "variableId": "v1", "description": "What it is called" },
            { "type": "enum", "variableId": "v2", "values": ["a", "b"], "isRequired": false },
            { "type": "array", "variableId": "v3", "isRequired": true },
            { "type": "number", "variableId": "v1" },
            { "type": "number", "variableId": "gone" },
            { "type": "boolean" },
        ] }))
        .expect("valid options");
        let call = Call::default()
            .with_variable("v1", "Name", Value::Null)
            .with_variable("v2", "Kind of it", Value::Null)
            .with_variable("v3", "Tags", Value::Null);
        let body = body("m", "Look", &wanted(&options.variables_to_extract, &call));
        let schema = json!({
            "type": "object",
            "properties": {
                "Name": { "type": "string", "description": "What it is called" },
                "Kind of it": { "type": ["string", "null"], "enum": ["a", "b", null] },
                "Tags": { "type": "array", "items": { "type": "string" } },
            },
            "required": ["Name", "Kind of it", "Tags"],
            "additionalProperties": false,
        });
        let format = &body["response_format"]["json_schema"];
        assert_eq!(
            (&format["schema"], &format["strict"]),
            (&schema, &json!(true))
        );
        assert_eq!(
            body["messages"],
            json!([{ "role": "user", "content": "Look" }])
        );
    }

    #[test]
    fn values_refusals_and_garbage_are_told_apart() {
        let read = |message: Value, reason: &str| {
            let answer = json!({ "choices": [{ "message": message, "finish_reason": reason }] });
            parse(answer.to_string().as_bytes())
        };
        let found = read(json!({ "content": "{\"Name\":\"Ada\"}" }), "stop");
        let found = found.expect("it is one").expect("it holds values");
        assert_eq!(Value::from(found), json!({ "Name": "Ada" }));
        let refused = read(json!({ "content": null, "refusal": "No." }), "stop");
        assert_eq!(refused, Ok(Err("No.".to_owned())));
        let talked = read(json!({ "content": "Sure! Here it is" }), "stop");
        assert_eq!(talked, Ok(Err("Sure! Here it is".to_owned())));
        let list = read(json!({ "content": "[1]" }), "stop");
        assert_eq!(list, Ok(Err("[1]".to_owned())));
        assert!(read(json!({ "content": "{\"Na" }), "length").is_err());
        assert!(parse(b"<html>").is_err());
    }

    #[test]
    fn a_model_without_schemas_is_named() {
        let service = Service::default();
        let said = r#"{"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported"}}"#;
        let failure = explained(service.refusal(400, said, None), "gpt-3.5-turbo");
        let sentence = failure.to_string();
        assert!(
            sentence.starts_with("The model “gpt-3.5-turbo” cannot"),
            "{sentence}"
        );
        let other = service.refusal(400, "no", None);
        assert_eq!(explained(other.clone(), "m"), other);
    }
}
