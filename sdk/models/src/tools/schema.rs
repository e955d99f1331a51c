//! What a tool's parameters look like to a model: JSON Schema.

use serde_json::{Map, Value, json};
use talkloom_block::prelude::*;

use crate::text::filled;

/// A value that the model hands to a tool.
#[options]
pub struct Parameter {
    /// What kind of value it is.
    #[serde(rename = "type")]
    #[field(label = "Type")]
    pub kind: Option<ParameterType>,
    /// The name under which the code finds it.
    #[field(label = "Name", placeholder = "city")]
    pub name: Option<String>,
    /// What it means, for the model.
    #[field(
        label = "Description",
        input = "textarea",
        placeholder = "The city's name."
    )]
    pub description: Option<String>,
    /// The model must hand it over.
    #[field(label = "Required")]
    pub required: Option<bool>,
    /// The values that the model chooses from.
    #[field(label = "Values", shown_for = { "type": ["enum"] })]
    pub values: Vec<String>,
}

/// What kind of value a parameter is.
#[options]
#[derive(Copy, Eq)]
pub enum ParameterType {
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
    /// One of some texts.
    #[serde(rename = "enum")]
    Enum,
}

/// The schema of an object with these parameters; those without a name are left out.
pub fn parameters(parameters: &[Parameter]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in parameters {
        let Some(name) = filled(&parameter.name) else {
            continue;
        };
        if parameter.required == Some(true) && !properties.contains_key(name) {
            required.push(name);
        }
        properties.insert(name.to_owned(), property(parameter));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(parameter: &Parameter) -> Value {
    let mut schema = match parameter.kind.unwrap_or_default() {
        ParameterType::Number => json!({ "type": "number" }),
        ParameterType::Boolean => json!({ "type": "boolean" }),
        ParameterType::Enum if !parameter.values.is_empty() => {
            json!({ "type": "string", "enum": parameter.values })
        }
        ParameterType::String | ParameterType::Enum => json!({ "type": "string" }),
    };
    if let Some(description) = filled(&parameter.description) {
        schema["description"] = json!(description);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_a_schema() {
        let given: Vec<Parameter> = serde_json::from_value(json!([
            { "name": "city", "description": "Where", "required": true },
            { "type": "enum", "name": "unit", "values": ["C", "F"], "required": false },
            { "type": "enum", "name": "empty" },
            { "type": "number", "name": "days", "required": true },
            { "type": "boolean", "name": "night" },
            { "type": "number", "required": true },
        ]))
        .expect("valid options");
        let schema = json!({
            "type": "object",
            "properties": {
                "city": { "type": "string", "description": "Where" },
                "unit": { "type": "string", "enum": ["C", "F"] },
                "empty": { "type": "string" },
                "days": { "type": "number" },
                "night": { "type": "boolean" },
            },
            "required": ["city", "days"],
            "additionalProperties": false,
        });
        assert_eq!(parameters(&given), schema);
    }
}
