//! A block's options before the call: which action, which variables, and what is put in.

use super::json_of;
use crate::effect::BlockVariable;
use crate::talk::Talk;
use crate::talk::variables::{Variable, Variables};
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

/// The variables that the options name: by their ids at some paths, each once, and by their names
/// in code.
pub(super) fn variables_in(
    options: &Map<String, Value>,
    spec: &ActionSpec,
    variables: &Variables,
) -> Vec<BlockVariable> {
    let ids = texts_of(options, &spec.variables).into_iter();
    let mut found: Vec<BlockVariable> = Vec::new();
    for variable in ids.filter_map(|id| variables.by_id(id)) {
        keep(variable, &mut found);
    }
    let code = texts_of(options, &spec.code);
    if !code.is_empty() {
        let named = variables.iter();
        let named = named.filter(|variable| code.iter().any(|code| names(code, variable.name)));
        named.for_each(|variable| keep(variable, &mut found));
    }
    found
}

fn keep(variable: Variable<'_>, found: &mut Vec<BlockVariable>) {
    if found.iter().all(|known| known.id != variable.id) {
        found.push(BlockVariable {
            id: variable.id.to_owned(),
            name: variable.name.to_owned(),
            value: json_of(variable.defined()),
        });
    }
}

/// Whether code names a variable: as a placeholder, or as a quoted text.
fn names(code: &str, name: &str) -> bool {
    let surrounded = |(start, _): (usize, &str)| {
        let (before, after) = (&code[..start], &code[start + name.len()..]);
        let quotes = ['"', '\'', '`'].into_iter();
        let mut quotes = quotes.filter(|quote| before.ends_with(*quote));
        (before.ends_with("{{") && after.starts_with("}}"))
            || quotes.any(|quote| after.starts_with(quote))
    };
    !name.is_empty() && code.match_indices(name).any(surrounded)
}

/// The texts at some paths.
fn texts_of<'o>(options: &'o Map<String, Value>, paths: &[FieldPath]) -> Vec<&'o str> {
    let mut texts = Vec::new();
    for path in paths {
        let first = path.0.split_first();
        let value = first.and_then(|(first, rest)| Some((options.get(first)?, rest)));
        if let Some((value, rest)) = value {
            texts_at(value, rest, &mut texts);
        }
    }
    texts
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

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn code_names_variables_by_placeholder_and_in_quotes() {
        for code in [
            "return {{City}}",
            "setVariable('City', 1)",
            "f(\"City\")",
            "f(`City`)",
            "const City = 1; f('City')",
        ] {
            assert!(names(code, "City"), "{code}");
        }
        for code in ["return City", "f('City of it')", "{{City }}", "'City\"", ""] {
            assert!(!names(code, "City"), "{code}");
        }
        assert!(!names("f('')", ""));
        assert!(names("f('é')", "é"));
    }
}
