//! A running or waiting bot, with its document at hand.

use super::variables::Variables;
use crate::effect::{Effect, EffectResult, FlowLink, FlowRef};
use crate::mailbox::Mailbox;
use crate::state::{Frame, KeyedAnswer, Way};
use crate::turn::Refusal;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use talkloom_flow::{Flow, Group};

/// A running or waiting bot.
#[derive(Debug, Clone)]
pub(crate) struct LiveFrame {
    pub(crate) version: String,
    pub(crate) bot: String,
    pub(crate) flow: Arc<Flow>,
    pub(crate) result: Option<String>,
    pub(crate) variables: Variables,
    pub(crate) answers: Vec<KeyedAnswer>,
    pub(crate) queue: VecDeque<Way>,
    pub(crate) is_merging: bool,
}

impl LiveFrame {
    pub(crate) fn new(version: String, bot: String, flow: Arc<Flow>) -> Self {
        let variables = Variables::of(Arc::clone(&flow), Vec::new());
        Self {
            version,
            bot,
            flow,
            result: None,
            variables,
            answers: Vec::new(),
            queue: VecDeque::new(),
            is_merging: false,
        }
    }

    fn restore(frame: Frame, flow: Arc<Flow>) -> Self {
        Self {
            variables: Variables::of(Arc::clone(&flow), frame.variables),
            version: frame.version,
            bot: frame.bot,
            flow,
            result: frame.result,
            answers: frame.answers,
            queue: frame.queue.into(),
            is_merging: frame.is_merging,
        }
    }

    pub(crate) fn into_frame(self) -> Frame {
        Frame {
            version: self.version,
            bot: self.bot,
            result: self.result,
            variables: self.variables.into_changes(),
            answers: self.answers,
            queue: self.queue.into(),
            is_merging: self.is_merging,
        }
    }

    /// The name an input's answer goes by: its variable's, or its group's title with a number.
    pub(crate) fn answer_key(&self, group: &Group, place: usize) -> String {
        let block = group.blocks.get().and_then(|blocks| blocks.at(place));
        let variable = block.and_then(|block| self.variables.by_id(block.answer_variable()?));
        if let Some(variable) = variable {
            return variable.name.to_owned();
        }
        let before = group
            .blocks
            .entries()
            .take_while(|(within, _)| *within < place);
        match before.filter(|(_, block)| block.is_input()).count() {
            0 => group.title.text().to_owned(),
            number => format!("{} ({number})", group.title.text()),
        }
    }

    /// Remembers an answer under its key; a new one takes the old one's place.
    pub(crate) fn remember_answer(&mut self, key: String, value: String) {
        match self.answers.iter_mut().find(|answer| answer.key == key) {
            Some(answer) => answer.value = value,
            None => self.answers.push(KeyedAnswer { key, value }),
        }
    }
}

/// Restores all frames; versions beside the given one are loaded.
pub(crate) async fn restore_all(
    mailbox: &Mailbox,
    frames: Vec<Frame>,
    given: FlowRef,
) -> Result<Vec<LiveFrame>, Refusal> {
    let mut flows = BTreeMap::new();
    if let Some(flow) = given.flow {
        flows.insert(given.version, flow);
    }
    let mut live = Vec::with_capacity(frames.len());
    for frame in frames {
        let flow = match flows.get(&frame.version) {
            Some(flow) => Arc::clone(flow),
            None => {
                let flow = load_version(mailbox, &frame.version).await?;
                flows.insert(frame.version.clone(), Arc::clone(&flow));
                flow
            }
        };
        live.push(LiveFrame::restore(frame, flow));
    }
    if live.is_empty() {
        return Err(Refusal::internal("The conversation's state names no bot."));
    }
    Ok(live)
}

async fn load_version(mailbox: &Mailbox, version: &str) -> Result<Arc<Flow>, Refusal> {
    let link = FlowLink::Version(version.to_owned());
    match mailbox.perform(Effect::LoadFlow(link)).await {
        EffectResult::Flow(Some(FlowRef {
            flow: Some(flow), ..
        })) => Ok(flow),
        EffectResult::Flow(_) => Err(Refusal::internal(
            "The version that this conversation runs on is gone.",
        )),
        _ => Err(Refusal::wrong_answer()),
    }
}
