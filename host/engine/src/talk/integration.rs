//! Blocks that components run: preparing their options, calling them, applying what they did.

mod options;
mod stream;

use super::Talk;
use super::page_tags;
use super::walk::Flowing;
use crate::effect::{BlockCall, BlockOutcome, Effect, EffectResult, PREPARE_INPUT};
use crate::output::LogLine;
use crate::turn::Refusal;
use crate::value;
use options::{spec_of, variables_in};
use serde_json::{Map, Value, json};
use talkloom_flow::{Block, BlockKind, Group, VariableValue};

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

    /// What an installed block gives the page to show an input with; `options` with variables in.
    pub(super) async fn prepare_input(
        &self,
        block: &Block,
        options: &Value,
    ) -> Result<Option<Value>, Refusal> {
        let name = block.type_name();
        let Some(known) = self.catalog.blocks.get(name) else {
            return match block.kind {
                BlockKind::Payment(_) => Err(Refusal::bad_request(format!(
                    "This bot asks for a payment, which no installed block can take. Install one \
                     for the type “{name}”, or take the block out of the bot."
                ))),
                _ => Ok(None),
            };
        };
        let empty = Map::new();
        let keys = options.as_object().unwrap_or(&empty);
        let spec = known.actions.get(PREPARE_INPUT);
        let variables = &self.frame().variables;
        let call = BlockCall {
            block_id: block.id().to_owned(),
            block_type: name.to_owned(),
            action: PREPARE_INPUT.to_owned(),
            credentials_id: credentials_in(keys),
            variables: spec.map_or_else(Vec::new, |spec| variables_in(keys, spec, variables)),
            options: Value::Object(keys.clone()),
            submission: None,
        };
        match self.mailbox.perform(Effect::PrepareInput(call)).await {
            EffectResult::Prepared(Ok(prepared)) => Ok(Some(prepared)),
            EffectResult::Prepared(Err(failure)) => Err(Refusal::bad_request(failure.message)),
            _ => Err(Refusal::wrong_answer()),
        }
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
            let is_awaited = action["expectsDedicatedReply"] == json!(true)
                || action["type"]
                    .as_str()
                    .is_some_and(|kind| AWAITED.contains(&kind));
            waits |= is_awaited;
            self.act_as(action, block, is_awaited);
        }
        if waits {
            return Flowing::Stop;
        }
        // A way out that leads nowhere ends the path, as a condition's does.
        match outcome.exit {
            Some(exit) => Flowing::along(exit_edge(block, &exit).as_deref()),
            None => Flowing::On,
        }
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

/// The edge of the item that stands for one of an action's exits.
fn exit_edge(block: &Block, exit: &str) -> Option<String> {
    let items = block.extra.get("items")?.as_array()?;
    let item = items
        .iter()
        .find(|item| item["id"] == exit || item["path"] == exit)?;
    item["outgoingEdgeId"].as_str().map(str::to_owned)
}

/// A variable's value as blocks see it.
fn json_of(value: Option<&VariableValue>) -> Value {
    value.map_or(Value::Null, |value| json!(value))
}
