//! Options against the schema of their action. What does not fit is told, never refused: documents
//! come from elsewhere, and the block checks for itself.

use std::collections::BTreeMap;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use talkloom_manifest::Manifest;

use crate::{Level, Log};

/// The most violations that are told of one call.
const MOST: usize = 5;

/// How many schemas may apply to one value; a schema that refers to itself without end has more.
const MOST_AT_ONCE: usize = 256;

/// The schemas of a component's actions, ready for use.
#[derive(Debug, Default)]
pub(crate) struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    /// Prepares the schemas. One that cannot be used checks nothing.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let tame = manifest.actions.iter();
        let tame = tame.filter(|action| is_tame(&action.options));
        let prepared = tame.filter_map(|action| {
            let validator = jsonschema::draft202012::options()
                // Patterns run on the host's own time: those that could take for ever are refused.
                .with_pattern_options(PatternOptions::regex())
                .build(&action.options);
            match validator {
                Ok(validator) => Some((action.name.clone(), validator)),
                Err(error) => {
                    let (id, action) = (&manifest.id, &action.name);
                    tracing::warn!(id, action, %error, "the options' schema cannot be used");
                    None
                }
            }
        });
        Self(prepared.collect())
    }

    /// What of an action's options does not fit, a line each.
    pub(crate) fn violations(&self, action: &str, options: &Value) -> Vec<Log> {
        let Some(validator) = self.0.get(action) else {
            return Vec::new();
        };
        let errors = validator.iter_errors(options).take(MOST);
        errors
            .map(|error| {
                let field = error.instance_path().as_str().trim_start_matches('/');
                let place = match field {
                    "" => "The block's settings do not fit it.".to_owned(),
                    field => format!("The block's setting “{field}” does not fit it."),
                };
                Log {
                    level: Level::Warning,
                    message: format!("{place} Set it again in the block's settings."),
                    detail: Some(error.masked().to_string()),
                }
            })
            .collect()
    }
}

/// Whether checking ends soon: a schema may refer to itself, or double itself, without end. What
/// does is a stranger's mistake or worse, and is not used.
fn is_tame(root: &Value) -> bool {
    fn each(schema: &Value, visit: &mut impl FnMut(&Value) -> bool) -> bool {
        match schema {
            Value::Object(words) => visit(schema) && words.values().all(|word| each(word, visit)),
            Value::Array(items) => items.iter().all(|item| each(item, visit)),
            _ => true,
        }
    }
    each(root, &mut |schema| {
        let mut left = MOST_AT_ONCE;
        applies(root, schema, &mut left)
    })
}

/// Counts the schemas that apply to the same value as this one.
fn applies(root: &Value, schema: &Value, left: &mut usize) -> bool {
    let Value::Object(words) = schema else {
        return true;
    };
    if *left == 0 {
        return false;
    }
    *left -= 1;
    words
        .iter()
        .all(|(word, value)| match (word.as_str(), value) {
            ("$ref", Value::String(target)) => {
                let found = target.strip_prefix('#').and_then(|path| root.pointer(path));
                found.is_some_and(|found| applies(root, found, left))
            }
            ("$dynamicRef" | "$recursiveRef" | "$id", Value::String(_)) => false,
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                parts.iter().all(|part| applies(root, part, left))
            }
            ("not" | "if" | "then" | "else", part) => applies(root, part, left),
            ("dependentSchemas", Value::Object(parts)) => {
                parts.values().all(|part| applies(root, part, left))
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_schemas_that_end_are_used() {
        let list = json!({"$defs": {"list": {"properties": {"next": {"$ref": "#/$defs/list"}}}},
            "$ref": "#/$defs/list"});
        assert!(is_tame(&list), "a list of any length ends with its values");
        let doubling =
            |n: usize| json!({"allOf": vec![json!({"$ref": format!("#/$defs/{n}")}); 2]});
        let defs: serde_json::Map<_, _> = (0..30)
            .map(|n| (n.to_string(), doubling(n + 1)))
            .chain([("30".to_owned(), json!({}))])
            .collect();
        for endless in [
            json!({"$ref": "#"}),
            json!({"properties": {"a": {"anyOf": [{"$ref": "#/properties/a"}]}}}),
            json!({"$ref": "https://example.com/schema"}),
            json!({"$defs": defs, "$ref": "#/$defs/0"}),
        ] {
            assert!(!is_tame(&endless), "{endless}");
        }
    }
}
