//! What the schema of an action's options says of single fields.
//!
//! The schema is JSON Schema 2020-12 with `x-` words. Those below change how the options are
//! prepared; all others (`x-label`, `x-placeholder`, `x-input`, …) only shape the form.

use serde_json::{Map, Value};

/// How variables are put into a text: `"json"` or `"raw"`; text is the default.
pub const INTERPOLATE: &str = "x-interpolate";
/// `true`: the field holds the id of a variable that the block may read and set.
pub const VARIABLE: &str = "x-variable";
/// The variable that receives streamed text: `true`, or `{"sibling": ["value", null]}` where only
/// list entries count whose sibling field has one of these values (`null`: or is absent).
pub const STREAM_VARIABLE: &str = "x-stream-variable";

/// The block lists what the field can be set to: `true`, or `{"dependsOn": ["baseUrl"]}` with the
/// fields of the options that change the list. The credential always does.
pub const CHOICES: &str = "x-choices";
/// `true`: the field holds code, and the block may read and set the variables that it names, as
/// `{{Name}}` or as a quoted text.
pub const NAMES_VARIABLES: &str = "x-names-variables";

/// How deep schemas and references are followed.
const MAX_DEPTH: usize = 32;
/// How many schemas are looked at: references can repeat each other without end.
const MAX_STEPS: usize = 20_000;

/// A hint and the field it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldHint {
    /// Keys from the options' root with slashes; `*` stands for every element of a list.
    pub path: String,
    /// What is said.
    pub hint: Hint,
}

/// What a schema says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Variables are put in otherwise than as plain text.
    Interpolate(Interpolate),
    /// The field holds a variable's id.
    Variable,
    /// The field holds the id of the variable that receives streamed text.
    StreamVariable(StreamVariable),
    /// The block lists what the field can be set to.
    Choices(Choices),
    /// The field holds code that names variables.
    NamesVariables,
}

/// What a list of choices depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Paths of the options' fields that change the list.
    pub depends_on: Vec<String>,
}

/// How variables are put into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolate {
    /// Escaped for use inside JSON text.
    Json,
    /// Not at all.
    Raw,
}

/// Which entry of a list names the variable that receives streamed text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamVariable {
    /// The sibling field that decides, and the values that qualify; none: every entry does.
    pub when: Option<(String, Vec<Option<String>>)>,
}

/// Walks a schema and gives its hints in order.
pub fn hints(schema: &Value) -> Vec<FieldHint> {
    let mut walk = Walk {
        root: schema,
        found: Vec::new(),
        steps: MAX_STEPS,
    };
    walk.visit(schema, &mut Vec::new(), 0);
    walk.found
}

struct Walk<'a> {
    root: &'a Value,
    found: Vec<FieldHint>,
    steps: usize,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, schema: &'a Value, path: &mut Vec<&'a str>, depth: usize) {
        let Some(words) = schema.as_object() else {
            return;
        };
        if depth == MAX_DEPTH || self.steps == 0 {
            return;
        }
        self.steps -= 1;
        self.collect(words, path);
        let target = words.get("$ref").and_then(Value::as_str);
        if let Some(target) = target.and_then(|t| self.resolve(t)) {
            self.visit(target, path, depth + 1);
        }
        for group in ["allOf", "anyOf", "oneOf"] {
            for part in words
                .get(group)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.visit(part, path, depth + 1);
            }
        }
        let properties = words.get("properties").and_then(Value::as_object);
        for (key, field) in properties.into_iter().flatten() {
            path.push(key);
            self.visit(field, path, depth + 1);
            path.pop();
        }
        if let Some(items) = words.get("items") {
            path.push("*");
            self.visit(items, path, depth + 1);
            path.pop();
        }
    }

    fn resolve(&self, target: &str) -> Option<&'a Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }

    fn collect(&mut self, words: &Map<String, Value>, path: &[&str]) {
        let interpolate = words.get(INTERPOLATE).and_then(interpolate);
        let variable = words.get(VARIABLE).and_then(Value::as_bool) == Some(true);
        let stream = words.get(STREAM_VARIABLE).and_then(stream_variable);
        let choices = words.get(CHOICES).and_then(choices);
        let names = words.get(NAMES_VARIABLES).and_then(Value::as_bool) == Some(true);
        let hints = [
            interpolate.map(Hint::Interpolate),
            variable.then_some(Hint::Variable),
            names.then_some(Hint::NamesVariables),
            stream.map(Hint::StreamVariable),
            choices.map(Hint::Choices),
        ];
        for hint in hints.into_iter().flatten() {
            let found = FieldHint {
                path: path.join("/"),
                hint,
            };
            // A field that several branches describe is named once.
            if !self.found.contains(&found) {
                self.found.push(found);
            }
        }
    }
}

fn interpolate(value: &Value) -> Option<Interpolate> {
    match value.as_str()? {
        "json" => Some(Interpolate::Json),
        "raw" => Some(Interpolate::Raw),
        _ => None,
    }
}

fn stream_variable(value: &Value) -> Option<StreamVariable> {
    match value {
        Value::Bool(true) => Some(StreamVariable::default()),
        Value::Object(condition) => {
            let (sibling, values) = condition.iter().next()?;
            let values = values.as_array()?;
            let values = values.iter().map(|v| v.as_str().map(str::to_owned));
            Some(StreamVariable {
                when: Some((sibling.clone(), values.collect())),
            })
        }
        _ => None,
    }
}

fn choices(value: &Value) -> Option<Choices> {
    match value {
        Value::Bool(true) => Some(Choices::default()),
        Value::Object(keys) => {
            let fields = keys.get("dependsOn").and_then(Value::as_array);
            let fields = fields.into_iter().flatten().filter_map(Value::as_str);
            Some(Choices {
                depends_on: fields.map(str::to_owned).collect(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(schema: Value) -> Vec<String> {
        let line = |h: FieldHint| format!("{} {:?}", h.path, h.hint);
        hints(&schema).into_iter().map(line).collect()
    }

    #[test]
    fn finds_hints_behind_lists_references_and_branches() {
        let schema = json!({
            "$defs": {
                "Mapping": { "properties": {
                    "item": { "type": "string" },
                    "variableId": { "type": ["string", "null"], "x-variable": true,
                        "x-stream-variable": { "item": ["Message content", null] } },
                } },
            },
            "properties": {
                "webhook": { "anyOf": [
                    { "properties": { "body": { "type": "string", "x-interpolate": "json" } } },
                    { "type": "null" },
                ] },
                "code": { "type": "string", "x-interpolate": "raw", "x-names-variables": true },
                "plain": { "type": "string" },
                "model": { "type": "string", "x-choices": { "dependsOn": ["plain"] } },
                "responseMapping": { "type": "array", "items": { "$ref": "#/$defs/Mapping" } },
            },
        });
        assert_eq!(
            lines(schema),
            [
                "webhook/body Interpolate(Json)",
                "code Interpolate(Raw)",
                "code NamesVariables",
                "model Choices(Choices { depends_on: [\"plain\"] })",
                "responseMapping/*/variableId Variable",
                "responseMapping/*/variableId StreamVariable(StreamVariable { when: \
                 Some((\"item\", [Some(\"Message content\"), None])) })",
            ]
        );
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({ "$ref": "#" });
        assert_eq!(lines(schema), Vec::<String>::new());
        let branching = json!({ "allOf": vec![json!({ "$ref": "#" }); 10] });
        assert_eq!(lines(branching), Vec::<String>::new());
    }
}
