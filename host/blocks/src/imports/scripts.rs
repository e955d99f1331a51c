//! JavaScript of the bot's builder, run in a sandbox of its own on a block's behalf.

use serde_json::Value;
use talkloom_manifest::PermissionKind;
use wasmtime::Result;

use super::{not_granted, trial};
use crate::bindings::talkloom::block::scripts;
use crate::bindings::talkloom::block::types::Failure;
use crate::guests::aside;
use crate::state::CallState;
use crate::{Runtime, Script, ScriptError};

impl scripts::Host for CallState {
    async fn evaluate(
        &mut self,
        code: String,
        arguments: Vec<(String, String)>,
    ) -> Result<Result<Option<String>, Failure>> {
        if !self.installed.may(&PermissionKind::Scripts) {
            return Ok(Err(not_granted("scripts")));
        }
        let Some(session) = &self.session else {
            return Ok(Err(trial()));
        };
        let mut values = Vec::with_capacity(arguments.len());
        for (name, json) in arguments {
            match serde_json::from_str::<Value>(&json) {
                Ok(value) => values.push((name, value)),
                Err(_) => {
                    let sentence = format!("The block gave “{name}” a value that is not JSON.");
                    return Ok(Err(Failure::Other(sentence)));
                }
            }
        }
        let script = Script {
            code,
            arguments: values,
            workspace: session.workspace.clone(),
            bot: session.bot.clone(),
            ..Script::default()
        };
        // The block waits for the script, and has a turn of its workspace already.
        let runtime = Runtime::from(self.shared.clone());
        let evaluated = aside(async move { runtime.evaluate_nested(script).await }).await?;
        Ok(match evaluated {
            Ok(evaluation) => Ok(evaluation.value.map(|value| value.to_string())),
            Err(ScriptError::Exception(message)) => Err(Failure::Other(message)),
            Err(ScriptError::Failed(failure)) => Err(failure.into()),
        })
    }
}
