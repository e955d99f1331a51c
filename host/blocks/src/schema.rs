//! Options against the schema of their action. What does not fit is told, never refused: documents
//! come from elsewhere, and the block checks for itself.

use std::collections::BTreeMap;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use talkloom_manifest::Manifest;

use crate::{Level, Log};

/// The most violations that are told of one call.
const MOST: usize = 5;

/// The schemas of a component's actions, ready for use.
#[derive(Debug, Default)]
pub(crate) struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    /// Prepares the schemas. One that cannot be used checks nothing.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let prepared = manifest.actions.iter().filter_map(|action| {
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
