//! JavaScript of the bot's builder, run in a sandbox of its own on a block's behalf.

use serde_json::Value;
use talkloom_manifest::PermissionKind;
use wasmtime::Result;

use super::{not_granted, trial};
use crate::bindings::talkloom::block::scripts;
use crate::bindings::talkloom::block::types::Failure;
use crate::guests::aside;
use crate::state::CallState;
use crate::{Evaluation, Runtime, Script, ScriptError};

impl scripts::Host for CallState {
    async fn evaluate(
        &mut self,
        given: scripts::Script,
    ) -> Result<Result<scripts::Evaluation, Failure>> {
        if !self.installed.may(&PermissionKind::Scripts) {
            return Ok(Err(not_granted("scripts")));
        }
        let Some(session) = &self.session else {
            return Ok(Err(trial()));
        };
        let mut values = Vec::with_capacity(given.arguments.len());
        for (name, json) in given.arguments {
            match serde_json::from_str::<Value>(&json) {
                Ok(value) => values.push((name, value)),
                Err(_) => {
                    let sentence = format!("The block gave “{name}” a value that is not JSON.");
                    return Ok(Err(Failure::Other(sentence)));
                }
            }
        }
        let script = Script {
            code: given.code,
            arguments: values,
            is_async: given.is_async,
            settable: given.settable,
            workspace: session.workspace.clone(),
            bot: session.bot.clone(),
        };
        // The block waits for the script, and has a turn of its workspace already.
        let runtime = Runtime::from(self.shared.clone());
        let evaluated = aside(async move { runtime.evaluate_nested(script).await }).await?;
        Ok(match evaluated {
            Ok(evaluation) => Ok(evaluation.into()),
            Err(ScriptError::Exception(message)) => Err(Failure::Other(message)),
            Err(ScriptError::Failed(failure)) => Err(failure.into()),
        })
    }
}

impl From<Evaluation> for scripts::Evaluation {
    fn from(evaluation: Evaluation) -> Self {
        let assignment = |(name, value): (String, Value)| scripts::AssignmentByName {
            name,
            value: value.to_string(),
        };
        Self {
            value: evaluation.value.map(|value| value.to_string()),
            assignments: evaluation.assignments.into_iter().map(assignment).collect(),
        }
    }
}
