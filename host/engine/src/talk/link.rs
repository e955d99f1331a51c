//! Links: another bot takes over, and gives back.

use super::Talk;
use super::frame::LiveFrame;
use super::walk::{Flowing, default_way};
use crate::effect::{Effect, EffectResult, FlowLink, FlowRef};
use crate::output::Record;
use crate::state::Way;
use crate::template::single_variable;
use crate::turn::Refusal;
use crate::value;
use std::sync::Arc;
use talkloom_flow::logic::LinkOptions;
use talkloom_flow::{Block, Flow, Group};

/// Bots that may wait for one another: more is taken for a circle.
const DEEPEST: usize = 32;

impl Talk {
    pub(super) async fn link(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
        options: Option<&LinkOptions>,
    ) -> Result<Flowing, Refusal> {
        let otherwise = match block.outgoing_edge_id.filled() {
            Some(edge) => Flowing::along(Some(edge)),
            None => Flowing::On,
        };
        let Some((options, bot)) = options.and_then(|o| Some((o, o.typebot_id.filled()?))) else {
            self.log("error", "A link names no bot. Choose one.", None);
            return Ok(otherwise);
        };
        if self.frames.len() >= DEEPEST {
            let message =
                "Too many bots wait for one another. Look for bots that link in a circle.";
            self.log("error", message, None);
            return Ok(otherwise);
        }
        let Some(mut child) = self.linked(bot).await? else {
            let message = "The linked bot was not found. Publish it, or choose another.";
            self.log("error", message, Some(bot.to_owned()));
            return Ok(otherwise);
        };
        let Some(way) = self.entry(&child.flow, options.group_id.filled()) else {
            let message = "The linked bot has no such group to begin at. Choose another.";
            self.log("error", message, None);
            return Ok(otherwise);
        };
        let is_same_bot = bot == "current" || bot == self.frame().bot;
        let merges = is_same_bot || options.merge_results.is_on(!self.is_current_version());
        self.hand_over(&mut child, merges).await?;
        if let Some(way) = default_way(group, place, block) {
            self.frame_mut().queue.push_front(way);
        }
        self.note_way(&way, block);
        self.frames.insert(0, child);
        if !is_same_bot {
            self.address_listeners().await?;
        }
        Ok(Flowing::Leave(way))
    }

    async fn linked(&self, bot: &str) -> Result<Option<LiveFrame>, Refusal> {
        let running = self.frame();
        if bot == "current" || bot == running.bot {
            return Ok(Some(LiveFrame::new(
                running.version.clone(),
                running.bot.clone(),
                Arc::clone(&running.flow),
            )));
        }
        let link = FlowLink::Bot(bot.to_owned());
        match self.mailbox.perform(Effect::LoadFlow(link)).await {
            EffectResult::Flow(Some(FlowRef {
                version,
                flow: Some(flow),
            })) => Ok(Some(LiveFrame::new(version, bot.to_owned(), flow))),
            EffectResult::Flow(_) => Ok(None),
            _ => Err(Refusal::wrong_answer()),
        }
    }

    /// Where the linked bot begins.
    fn entry(&self, flow: &Flow, wanted: Option<&str>) -> Option<Way> {
        let group = match wanted {
            Some(wanted) if single_variable(wanted).is_some() => {
                let name = single_variable(wanted)?;
                let title = value::print(self.frame().variables.named_value(name)?);
                flow.document()
                    .groups
                    .items()
                    .find(|group| group.title.text() == title)?
            }
            Some(wanted) => flow.group(wanted)?,
            None => {
                let edge = flow.document().start_event()?.outgoing_edge_id.filled()?;
                flow.group(flow.edge(edge)?.to.get()?.group_id.filled()?)?
            }
        };
        Some(Way::Place {
            group: group.id.text().to_owned(),
            block: None,
        })
    }

    /// Gives the linked bot its variables, and its result.
    async fn hand_over(&mut self, child: &mut LiveFrame, merges: bool) -> Result<(), Refusal> {
        let variables: Vec<_> = child
            .variables
            .iter()
            .map(|own| {
                let held = self
                    .frames
                    .iter()
                    .find_map(|frame| frame.variables.by_name(own.name))
                    .and_then(|variable| variable.value.cloned());
                (own.id.to_owned(), held)
            })
            .collect();
        for (id, held) in variables {
            child.variables.fill(&id, held);
        }
        child.is_merging = merges;
        if merges {
            child.result.clone_from(&self.frame().result);
            child.answers.clone_from(&self.frame().answers);
        } else if !self.is_preview() {
            child.result = Some(self.mailbox.new_id().await?);
        }
        Ok(())
    }

    /// The running bot is done: what it learnt goes back, if it merges. False where no bot waits.
    pub(super) fn return_to_parent(&mut self) -> bool {
        if self.frames.len() == 1 {
            return false;
        }
        let child = self.frames.remove(0);
        if !child.is_merging {
            self.records.extend(result_record(&child, true));
            return true;
        }
        let parent = self.frame_mut();
        parent.answers = child.answers;
        for theirs in child.variables.iter() {
            match parent
                .variables
                .by_name(theirs.name)
                .map(|own| (own.id.to_owned(), own.value == theirs.value))
            {
                None => parent.variables.adopt(theirs),
                Some((id, false)) => {
                    let value = theirs.value.cloned().unwrap_or_default();
                    parent.variables.set(&id, value);
                }
                Some(_) => {}
            }
        }
        true
    }
}

/// How a bot's result stands; none in a preview.
pub(super) fn result_record(frame: &LiveFrame, is_completed: bool) -> Option<Record> {
    let variables = frame
        .variables
        .defined()
        .filter(|(variable, _)| !variable.is_session_only)
        .map(|(variable, held)| {
            serde_json::json!({"id": variable.id, "name": variable.name, "value": held})
        })
        .collect();
    Some(Record::Result {
        result: frame.result.clone()?,
        bot: frame.bot.clone(),
        variables,
        has_started: !frame.answers.is_empty(),
        is_completed: is_completed && !frame.answers.is_empty(),
    })
}
