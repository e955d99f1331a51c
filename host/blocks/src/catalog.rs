//! What documents' readers must know of the installed blocks, taken from their manifests.

use std::collections::BTreeMap;
use std::sync::Arc;

use talkloom_flow::catalog::{ActionSpec, BlockSpec, FieldPath, Interpolation, StreamVariable};
use talkloom_manifest::{Action, BlockType, Hint, Interpolate, Manifest};

/// The block types of a manifest.
pub fn block_specs(manifest: &Manifest) -> BTreeMap<String, Arc<BlockSpec>> {
    let entry = |block: &BlockType| {
        let spec = block_spec(manifest, block);
        (block.block_type.clone(), Arc::new(spec))
    };
    manifest.blocks.iter().map(entry).collect()
}

fn block_spec(manifest: &Manifest, block: &BlockType) -> BlockSpec {
    let actions = block.actions.iter().filter_map(|name| {
        let action = manifest.action(name)?;
        Some((name.clone(), action_spec(action)))
    });
    BlockSpec {
        default_action: block.default_action.clone(),
        actions: actions.collect(),
    }
}

fn action_spec(action: &Action) -> ActionSpec {
    let mut spec = ActionSpec {
        reads_submission: action.reads_submission,
        is_input: action.input,
        exits: action.exits.iter().map(|exit| exit.name.clone()).collect(),
        ..ActionSpec::default()
    };
    for field in action.hints() {
        let path = FieldPath::parse(&field.path);
        match field.hint {
            Hint::Interpolate(Interpolate::Json) => {
                spec.interpolation.push((path, Interpolation::Json));
            }
            Hint::Interpolate(Interpolate::Raw) => {
                spec.interpolation.push((path, Interpolation::Raw));
            }
            Hint::Variable => spec.variables.push(path),
            Hint::NamesVariables => spec.code.push(path),
            Hint::StreamVariable(stream) => {
                let when = stream.when;
                spec.stream_variable = Some(StreamVariable { path, when });
            }
            Hint::Choices(_) => {}
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hints_of_the_schema_become_field_paths() {
        let mut action = Action::new(
            "ask",
            json!({ "properties": {
                "body": { "type": "string", "x-interpolate": "json" },
                "code": { "type": "string", "x-interpolate": "raw" },
                "save": { "type": "array", "items": { "properties": {
                    "variableId": { "type": "string", "x-variable": true, "x-stream-variable": true },
                } } },
            } }),
        );
        action.reads_submission = true;
        let spec = action_spec(&action);
        assert_eq!(
            spec.interpolation,
            [
                (FieldPath::parse("body"), Interpolation::Json),
                (FieldPath::parse("code"), Interpolation::Raw),
            ]
        );
        assert_eq!(spec.variables, [FieldPath::parse("save/*/variableId")]);
        assert_eq!(
            spec.stream_variable,
            Some(StreamVariable {
                path: FieldPath::parse("save/*/variableId"),
                when: None,
            })
        );
        assert!(spec.reads_submission);
    }
}
