//! A block's options before the call: which action, which variables, and what is put in.

use super::json_of;
use crate::effect::BlockVariable;
use crate::talk::Talk;
use crate::talk::variables::Variables;
use crate::template::{Mode, looks_like_single_variable};
use crate::turn::Refusal;
use serde_json::{Map, Value};
use talkloom_flow::catalog::{ActionSpec, BlockSpec, FieldPath, Interpolation};

/// The action that the options name, or the type's only one.
pub(super) fn spec_of<'s>(
    spec: &'s BlockSpec,
    options: &'s Map<String, Value>,
) -> Option<(&'s str, &'s ActionSpec)> {
    let named = options.get("action").and_then(Value::as_str);
    let action = named.or(spec.default_action.as_deref())?;
    Some((action, spec.actions.get(action)?))
}

/// The variables that the options name at some paths, each once.
pub(super) fn variables_in(
    options: &Map<String, Value>,
    paths: &[FieldPath],
    variables: &Variables,
) -> Vec<BlockVariable> {
    let mut found: Vec<BlockVariable> = Vec::new();
    for path in paths {
        let (Some((first, rest)), mut texts) = (path.0.split_first(), Vec::new()) else {
            continue;
        };
        if let Some(value) = options.get(first) {
            texts_at(value, rest, &mut texts);
        }
        for id in texts {
            let Some(variable) = variables.by_id(id) else {
                continue;
            };
            if found.iter().all(|known| known.id != id) {
                found.push(BlockVariable {
                    id: id.to_owned(),
                    name: variable.name.to_owned(),
                    value: json_of(variable.defined()),
                });
            }
        }
    }
    found
}

fn texts_at<'v>(value: &'v Value, path: &[String], texts: &mut Vec<&'v str>) {
    match (path.split_first(), value) {
        (None, Value::String(text)) => texts.push(text),
        (Some((key, rest)), Value::Array(elements)) if key == "*" => {
            for element in elements {
                texts_at(element, rest, texts);
            }
        }
        (Some((key, rest)), Value::Object(keys)) => {
            if let Some(value) = keys.get(key) {
                texts_at(value, rest, texts);
            }
        }
        _ => {}
    }
}

impl Talk {
    /// The options with variables put in, each field as the manifest says.
    pub(super) async fn prepare_options(
        &self,
        options: &Map<String, Value>,
        spec: &ActionSpec,
    ) -> Result<Value, Refusal> {
        let mut prepared = Value::Object(options.clone());
        let mut texts = Vec::new();
        collect(&mut prepared, &mut Vec::new(), spec, &mut texts);
        for (how, text) in texts {
            let mode = match how {
                Interpolation::Raw => continue,
                Interpolation::Json if !looks_like_single_variable(text) => Mode::Json,
                Interpolation::Json | Interpolation::Text => Mode::Text,
            };
            *text = self.fill_in(text, mode).await?;
        }
        Ok(prepared)
    }
}

/// All texts with placeholders, and how each is filled.
fn collect<'v>(
    value: &'v mut Value,
    path: &mut Vec<String>,
    spec: &ActionSpec,
    texts: &mut Vec<(Interpolation, &'v mut String)>,
) {
    match value {
        Value::String(text) if text.contains("{{") => texts.push((interpolation(spec, path), text)),
        Value::Array(elements) => {
            for element in elements {
                path.push("*".to_owned());
                collect(element, path, spec, texts);
                path.pop();
            }
        }
        Value::Object(keys) => {
            for (key, value) in keys {
                path.push(key.clone());
                collect(value, path, spec, texts);
                path.pop();
            }
        }
        _ => {}
    }
}

fn interpolation(spec: &ActionSpec, path: &[String]) -> Interpolation {
    let matches = |pattern: &FieldPath| pattern.0 == path;
    spec.interpolation
        .iter()
        .find(|(pattern, _)| matches(pattern))
        .map_or_else(Interpolation::default, |(_, interpolation)| *interpolation)
}
