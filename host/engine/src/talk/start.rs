//! How a conversation begins.

use super::Talk;
use super::frame::LiveFrame;
use super::set_variable::text_value;
use super::transcript::asks_for_transcript;
use crate::effect::FlowRef;
use crate::mailbox::Mailbox;
use crate::message::{Limits, Message, Remembered, Start, StartFrom, TextFormat};
use crate::output::ChatReply;
use crate::state::Way;
use crate::turn::{Finish, Refusal};
use crate::value;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use talkloom_flow::catalog::Catalog;
use talkloom_flow::{BlockKind, VariableValue};

pub(crate) async fn start(
    mailbox: Mailbox,
    flow: FlowRef,
    catalog: Arc<Catalog>,
    start: Start,
) -> Result<Finish, Refusal> {
    let document = flow
        .flow
        .ok_or_else(|| Refusal::internal("The bot's document is missing."))?;
    let mut frame = LiveFrame::new(flow.version, start.bot, document);
    frame.result = start.result;
    let mut talk = Talk::new(
        mailbox,
        catalog,
        vec![frame],
        start.text_format,
        start.limits,
        start.own_hosts,
    );
    talk.streams = start.is_stream_enabled;
    talk.contact = start.contact;
    if let Some(remembered) = start.remembered {
        talk.remember(remembered);
    }
    talk.prefill(&start.prefilled_variables);
    // After what comes from outside: a visitor does not choose the address.
    talk.address_listeners().await?;
    if asks_for_transcript(&talk.frame().flow) {
        talk.transcript = Some(Vec::new());
    }
    if start.is_only_registering {
        return Ok(talk.finish_waiting());
    }
    talk.begin(start.from.as_ref()).await?;
    talk.take_first(start.message).await?;
    talk.load_into_page().await?;
    Ok(talk.finish())
}

impl Talk {
    pub(super) fn new(
        mailbox: Mailbox,
        catalog: Arc<Catalog>,
        frames: Vec<LiveFrame>,
        text_format: TextFormat,
        limits: Limits,
        own_hosts: Vec<String>,
    ) -> Self {
        Self {
            mailbox,
            catalog,
            frames,
            current_block: None,
            return_mark: None,
            streams: false,
            awaited_stream: None,
            opened_inputs: Vec::new(),
            contact: crate::message::Contact::default(),
            answered: 0,
            next_edge: 0,
            next_change: 0,
            transcript: None,
            text_format,
            usual_format: text_format,
            blocks_left: limits.blocks.saturating_add(1),
            limits,
            own_hosts,
            skips_bubble: false,
            last_bubble: None,
            is_waiting: false,
            reply: ChatReply::default(),
            records: Vec::new(),
        }
    }

    fn remember(&mut self, remembered: Remembered) {
        let flow = self.flow();
        let frame = self.frame_mut();
        let unset = frame.variables.iter().filter(|own| own.defined().is_none());
        let unset: Vec<(String, String)> = unset
            .map(|own| (own.id.to_owned(), own.name.to_owned()))
            .collect();
        for (id, name) in unset {
            let known = remembered
                .variables
                .iter()
                .find(|known| known["name"] == *name);
            let value = known.and_then(|known| VariableValue::deserialize(&known["value"]).ok());
            if value.is_some() {
                frame.variables.fill(&id, value);
            }
        }
        for answer in remembered.answers {
            let Some((group, place)) = super::place_of(&flow, &answer.block) else {
                continue;
            };
            let key = frame.answer_key(group, place);
            frame.remember_answer(key, answer.content);
        }
    }

    /// Sets variables from outside; names that the bot does not have are passed over.
    fn prefill(&mut self, given: &Map<String, Value>) {
        let flow = self.flow();
        let is_connected = flow
            .document()
            .start_event()
            .is_some_and(|event| event.outgoing_edge_id.filled().is_some());
        if !is_connected {
            return;
        }
        for (name, value) in given {
            let id = self
                .frame()
                .variables
                .by_name(name)
                .map(|variable| variable.id.to_owned());
            if let Some(id) = id {
                self.frame_mut()
                    .variables
                    .set(&id, value::from_json(Some(value)));
            }
        }
    }

    /// Walks from the beginning, or from where a preview wants to begin.
    pub(super) async fn begin(&mut self, from: Option<&StartFrom>) -> Result<(), Refusal> {
        let flow = self.flow();
        let edge = |event: Option<&talkloom_flow::Event>| {
            Some(Way::Edge(event?.outgoing_edge_id.filled()?.to_owned()))
        };
        let way = match from {
            Some(StartFrom::Group { group_id }) => {
                flow.group(group_id)
                    .ok_or_else(|| Refusal::bad_request("Start group not found"))?;
                Some(Way::Place {
                    group: group_id.clone(),
                    block: None,
                })
            }
            Some(StartFrom::Event { event_id }) => {
                let event = flow.event(event_id);
                edge(Some(event.ok_or_else(|| {
                    Refusal::bad_request("Start event not found")
                })?))
            }
            None => edge(flow.document().start_event()),
        };
        self.walk(way).await
    }

    /// Takes a message that was given before the bot asked, where it can be an answer.
    pub(super) async fn take_first(&mut self, message: Option<Message>) -> Result<(), Refusal> {
        let Some(message) = message else {
            return Ok(());
        };
        let flow = self.flow();
        let Some(block) = self.current_block.as_deref().and_then(|id| flow.block(id)) else {
            return Ok(());
        };
        let is_choice = matches!(
            block.kind,
            BlockKind::Buttons { .. }
                | BlockKind::Pictures { .. }
                | BlockKind::Cards { .. }
                | BlockKind::Payment(_)
        );
        if let Message::Command { command } = &message {
            return self.command(block.id(), command).await;
        }
        if is_choice || !block.is_input() || !self.reply.messages.is_empty() {
            return Ok(());
        }
        self.hear(block.id(), Some(message)).await
    }

    /// Forgets all but the variables, to begin again.
    pub(super) fn forget(&mut self) {
        self.frames.drain(..self.frames.len() - 1);
        let frame = self.frame_mut();
        frame.answers.clear();
        frame.queue.clear();
        self.return_mark = None;
        self.answered = 0;
        self.next_edge = 0;
        self.next_change = 0;
        if let Some(lines) = &mut self.transcript {
            lines.clear();
        }
    }
}

impl Message {
    /// The text, or a voice's address.
    pub(crate) fn content(&self) -> &str {
        match self {
            Self::Text { text, .. } => text,
            Self::Audio { url } => url,
            Self::Command { command } => command,
        }
    }
}

impl Talk {
    /// Appends to a list, or replaces what a variable holds.
    pub(super) fn collect(&self, variable: &str, content: &str) -> VariableValue {
        match self.frame().variables.value(variable) {
            Some(VariableValue::List(list)) => {
                let mut list = list.clone();
                list.push(Some(content.to_owned()));
                VariableValue::List(list)
            }
            _ => text_value(content.to_owned()),
        }
    }
}
