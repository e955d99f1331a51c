//! Script blocks.

use super::Talk;
use super::code::Code;
use super::walk::Flowing;
use crate::effect::Script;
use crate::message::Channel;
use crate::turn::Refusal;
use crate::value;
use serde_json::{Value, json};
use talkloom_flow::Block;
use talkloom_flow::logic::ScriptOptions;

impl Talk {
    pub(super) async fn script(
        &mut self,
        place: usize,
        block: &Block,
        options: Option<&ScriptOptions>,
    ) -> Result<Flowing, Refusal> {
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        let Some(content) = options.content.filled() else {
            return Ok(Flowing::On);
        };
        let code = Code::prepare(content, &self.frame().variables);
        if options.is_executed_on_client.is_on(true) {
            if self.contact.channel == Channel::Web {
                let payload = client_script(&code, None, options.is_unsafe.get().copied());
                self.act(
                    "scriptToExecute",
                    payload["scriptToExecute"].clone(),
                    block,
                    false,
                );
            }
            return Ok(Flowing::On);
        }
        self.run_script(place, block, code).await?;
        Ok(Flowing::On)
    }

    async fn run_script(&mut self, place: usize, block: &Block, code: Code) -> Result<(), Refusal> {
        let settable = self
            .frame()
            .variables
            .iter()
            .map(|variable| variable.name.to_owned());
        let script = Script {
            settable: settable.collect(),
            arguments: code.arguments.clone(),
            is_async: true,
            code: code.statements(),
        };
        match self.evaluate(script).await? {
            Err(error) => self.log("error", "A script failed.", Some(error.message)),
            Ok(evaluation) => {
                for (name, given) in evaluation.assignments {
                    let variable = self
                        .frame()
                        .variables
                        .by_name(&name)
                        .map(|v| v.id.to_owned());
                    if let Some(id) = variable {
                        self.assign(place, block, &id, value::from_json(Some(&given)));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Code for the visitor's page.
pub(super) fn client_script(code: &Code, is_code: Option<bool>, is_unsafe: Option<bool>) -> Value {
    let mut args: Vec<Value> = code
        .arguments
        .iter()
        .map(|(id, value)| json!({"id": id, "value": value}))
        .collect();
    args.extend(code.undefined.iter().map(|id| json!({"id": id})));
    let mut script = json!({"content": code.text, "args": args});
    if let Some(is_code) = is_code {
        script["isCode"] = json!(is_code);
    }
    if let Some(is_unsafe) = is_unsafe {
        script["isUnsafe"] = json!(is_unsafe);
    }
    json!({"scriptToExecute": script})
}
