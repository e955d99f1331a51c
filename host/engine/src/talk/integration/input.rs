//! Inputs that a component stands behind: it prepares what the page shows, and takes the visitor's
//! reply before it counts.

use super::options::{spec_of, variables_in};
use super::{credentials_in, edge_of, json_of};
use crate::effect::{BlockCall, BlockFailure, Effect, EffectResult, InputReply};
use crate::message::Message;
use crate::state::{OpenedInput, Way};
use crate::talk::Talk;
use crate::turn::Refusal;
use serde_json::{Map, Value};
use talkloom_flow::{Block, BlockKind};

/// What became of a reply.
pub(in crate::talk) enum Reception {
    /// It counts.
    Accepted {
        /// Where it leads, off the usual way; one that leads nowhere ends the path.
        exit: Option<Option<Way>>,
    },
    /// The visitor is asked again.
    Refused,
}

impl Talk {
    /// What an installed block gives the page to show an input with; `options` with variables in.
    pub(in crate::talk) async fn prepare_input(
        &mut self,
        block: &Block,
        options: &Value,
    ) -> Result<Option<Value>, Refusal> {
        let Some(call) = self.input_call(block, options)? else {
            return Ok(None);
        };
        let prepared = self.mailbox.perform(Effect::PrepareInput(call.clone()));
        let prepared = match prepared.await {
            EffectResult::Prepared(Ok(prepared)) => prepared,
            EffectResult::Prepared(Err(failure)) => return Err(self.cannot_ask(failure)),
            _ => return Err(Refusal::wrong_answer()),
        };
        for line in prepared.logs {
            self.log_line(line);
        }
        self.opened_inputs
            .retain(|opened| opened.call.block_id != call.block_id);
        let kept = prepared.kept;
        self.opened_inputs.push(OpenedInput { call, kept });
        Ok(Some(prepared.shown))
    }

    fn input_call(&self, block: &Block, options: &Value) -> Result<Option<BlockCall>, Refusal> {
        let name = block.type_name();
        let empty = Map::new();
        let keys = options.as_object().unwrap_or(&empty);
        let known = self.catalog.blocks.get(name);
        let spec = known.and_then(|known| spec_of(known, keys));
        let Some((action, spec)) = spec.filter(|(_, spec)| spec.is_input) else {
            return match block.kind {
                BlockKind::Payment(_) => Err(Refusal::bad_request(format!(
                    "This bot asks for a payment, which no installed block can take. Install one \
                     for the type “{name}”, or take the block out of the bot."
                ))),
                _ => Ok(None),
            };
        };
        Ok(Some(BlockCall {
            block_id: block.id().to_owned(),
            block_type: name.to_owned(),
            action: action.to_owned(),
            credentials_id: credentials_in(keys),
            variables: variables_in(keys, spec, &self.frame().variables),
            options: options.clone(),
            submission: None,
        }))
    }

    /// Why is for the builder's eyes; a visitor learns that it is not their fault.
    fn cannot_ask(&self, failure: BlockFailure) -> Refusal {
        if self.is_preview() {
            return Refusal::bad_request(failure.message);
        }
        Refusal::bad_request("This question cannot be asked right now. Please try again later.")
    }

    /// Gives a reply to the block that stands behind an input.
    pub(in crate::talk) async fn accept_input(
        &mut self,
        place: usize,
        block: &Block,
        message: Option<&Message>,
    ) -> Result<Reception, Refusal> {
        let mut opened = self.opened_inputs.iter();
        let Some(at) = opened.position(|opened| opened.call.block_id == block.id()) else {
            return Ok(Reception::Accepted { exit: None });
        };
        let OpenedInput { mut call, kept } = self.opened_inputs.remove(at);
        for variable in &mut call.variables {
            let now = self.frame().variables.by_id(&variable.id);
            variable.value = json_of(now.and_then(|now| now.defined()));
        }
        let settable: Vec<_> = call.variables.iter().map(|v| v.id.clone()).collect();
        let reply = message.map(Message::content).unwrap_or_default().to_owned();
        let given = InputReply { call, kept, reply };
        match self
            .mailbox
            .perform(Effect::AcceptInput(Box::new(given)))
            .await
        {
            EffectResult::Accepted(Ok(outcome)) => {
                let exit = outcome.exit.clone();
                self.take_outcome(place, block, &settable, outcome, |_| false);
                let way = |exit| edge_of(block, exit).map(|edge| Way::Edge(edge.to_owned()));
                let exit = exit.as_deref().map(way);
                if let Some(Some(way)) = &exit {
                    self.note_way(way, block);
                }
                Ok(Reception::Accepted { exit })
            }
            EffectResult::Accepted(Err(failure)) => {
                self.log("error", failure.message, failure.details);
                Ok(Reception::Refused)
            }
            _ => Err(Refusal::wrong_answer()),
        }
    }

    /// Forgets inputs that no reply comes to any more.
    pub(in crate::talk) fn close_inputs(&mut self) {
        let waiting = self.current_block.as_deref().filter(|_| self.is_waiting);
        let marked = self.return_mark.as_ref().map(|mark| mark.block.as_str());
        self.opened_inputs.retain(|opened| {
            let block = Some(opened.call.block_id.as_str());
            block == waiting || block == marked
        });
    }
}
