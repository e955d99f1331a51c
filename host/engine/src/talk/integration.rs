//! Blocks that components run: preparing their options, calling them, applying what they did.

mod input;
mod options;
mod stream;

pub(super) use input::Reception;

use super::Talk;
use super::page_tags;
use super::walk::Flowing;
use crate::effect::{BlockCall, BlockOutcome, Effect, EffectResult};
use crate::output::LogLine;
use crate::turn::Refusal;
use crate::value;
use options::{spec_of, variables_in};
use serde_json::{Map, Value, json};
use talkloom_flow::{Block, Group, VariableValue};

/// Client actions whose result the conversation needs.
const AWAITED: [&str; 1] = ["httpRequestToExecute"];

impl Talk {
    pub(super) async fn integrate(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
        options: Option<&Map<String, Value>>,
    ) -> Result<Flowing, Refusal> {
        let name = block.type_name();
        let Some(known) = self.catalog.blocks.get(name).cloned() else {
            if let Some(action) = page_tags::action_of(name) {
                return self.tell_page(action, block, options).await;
            }
            self.log_line(LogLine {
                status: "error".to_owned(),
                description: format!(
                    "No installed block has the type “{name}”: it was passed over."
                ),
                details: None,
                context: Some(format!("While running the block {}", block.id())),
            });
            return Ok(Flowing::On);
        };
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        let Some((action, spec)) = spec_of(&known, options) else {
            if let Some(action) = options.get("action").and_then(Value::as_str) {
                let message = format!("The block “{name}” has no action “{action}”.");
                self.log("error", message, None);
            }
            return Ok(Flowing::On);
        };
        let variables = variables_in(options, spec, &self.frame().variables);
        let prepared = self.prepare_options(options, spec).await?;
        let call = BlockCall {
            block_id: block.id().to_owned(),
            block_type: name.to_owned(),
            action: action.to_owned(),
            credentials_id: credentials_in(options),
            options: prepared,
            variables,
            submission: spec.reads_submission.then(|| self.submission()),
        };
        if self.streams_to_page(group, place, block, options, spec) {
            self.await_stream(block, call);
            return Ok(Flowing::Stop);
        }
        self.call(place, block, call).await
    }

    async fn call(
        &mut self,
        place: usize,
        block: &Block,
        call: BlockCall,
    ) -> Result<Flowing, Refusal> {
        let settable: Vec<String> = call
            .variables
            .iter()
            .map(|variable| variable.id.clone())
            .collect();
        match self.mailbox.perform(Effect::CallBlock(call)).await {
            EffectResult::Called(Ok(outcome)) => Ok(self.apply(place, block, &settable, outcome)),
            EffectResult::Called(Err(failure)) => {
                self.log("error", failure.message, failure.details);
                Ok(Flowing::On)
            }
            _ => Err(Refusal::wrong_answer()),
        }
    }

    fn apply(
        &mut self,
        place: usize,
        block: &Block,
        settable: &[String],
        outcome: BlockOutcome,
    ) -> Flowing {
        let is_awaited = |action: &Value| {
            let kind = action["type"].as_str();
            action["expectsDedicatedReply"] == json!(true)
                || kind.is_some_and(|kind| AWAITED.contains(&kind))
        };
        let exit = outcome.exit.clone();
        if self.take_outcome(place, block, settable, outcome, is_awaited) {
            return Flowing::Stop;
        }
        match exit {
            Some(exit) => Flowing::along(edge_of(block, &exit)),
            None => Flowing::On,
        }
    }

    /// Does what a block did; says whether the page's reply to an action is awaited now.
    fn take_outcome(
        &mut self,
        place: usize,
        block: &Block,
        settable: &[String],
        outcome: BlockOutcome,
        is_awaited: impl Fn(&Value) -> bool,
    ) -> bool {
        for line in outcome.logs {
            self.log_line(line);
        }
        for (variable, given) in outcome.assignments {
            if settable.contains(&variable) {
                self.assign(place, block, &variable, value::from_json(Some(&given)));
            }
        }
        for message in outcome.messages {
            let id = message["id"].as_str().unwrap_or(block.id()).to_owned();
            let kind = message["type"].as_str().unwrap_or("text").to_owned();
            self.say(&id, &kind, message["content"].clone());
        }
        let mut waits = false;
        for action in outcome.client_actions.into_iter().filter(Value::is_object) {
            let is_awaited = is_awaited(&action);
            waits |= is_awaited;
            self.act_as(action, block, is_awaited);
        }
        waits
    }

    /// All answers and variables, in the conversation's order.
    fn submission(&self) -> Value {
        let frame = self.frame();
        let mut submission = Map::new();
        for answer in &frame.answers {
            submission.insert(answer.key.clone(), json!(answer.value));
        }
        for (variable, held) in frame.variables.defined() {
            submission.insert(variable.name.to_owned(), json!(held));
        }
        Value::Object(submission)
    }
}

fn credentials_in(options: &Map<String, Value>) -> Option<String> {
    options
        .get("credentialsId")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// Where one of the exits of a block's action leads. One that leads nowhere ends the path, as a
/// condition's does.
fn edge_of<'b>(block: &'b Block, exit: &str) -> Option<&'b str> {
    block.exit(exit)?.outgoing_edge_id.filled()
}

/// A variable's value as blocks see it.
fn json_of(value: Option<&VariableValue>) -> Value {
    value.map_or(Value::Null, |value| json!(value))
}
