//! Events: commands of the page, and what happens on every reply.

use super::Talk;
use super::set_variable::text_value;
use crate::message::Message;
use crate::state::{ReturnMark, Way};
use crate::turn::Refusal;
use talkloom_flow::document::EventOptions;
use talkloom_flow::{Block, Event, Flow, Group};

/// The event that a reply sets off, if the bot has it and it leads somewhere.
pub(super) fn reply_event<'f>(flow: &'f Flow, kind: &str) -> Option<&'f Event> {
    flow.document()
        .events
        .items()
        .find(|event| event.r#type.text() == kind)
}

impl Talk {
    /// Goes where a command leads.
    pub(super) async fn command(&mut self, current: &str, command: &str) -> Result<(), Refusal> {
        let flow = self.flow();
        let is_meant = |event: &&Event| {
            event.r#type.text() == "command"
                && event
                    .options
                    .get()
                    .is_some_and(|options| options.command.text() == command)
        };
        let event = flow.document().events.items().find(is_meant);
        let event = event.ok_or_else(|| Refusal::bad_request("Command event not found"))?;
        let edge = event.outgoing_edge_id.filled();
        let edge = edge.ok_or_else(|| Refusal::bad_request("Command event is not connected"))?;
        let resumes = event
            .options
            .get()
            .is_some_and(|options| options.resume_after.is_on(false));
        if resumes {
            if let Some((group, _)) = super::place_of(&flow, current) {
                let group = group.id.text().to_owned();
                let way = Way::Place {
                    group,
                    block: Some(current.to_owned()),
                };
                self.frame_mut().queue.push_front(way);
            }
        } else {
            let block = current.to_owned();
            self.return_mark = Some(ReturnMark {
                block,
                is_called: false,
                message: None,
            });
        }
        self.stop_waiting();
        self.walk(Some(Way::Edge(edge.to_owned()))).await
    }

    /// Goes where a reply event leads; `resumes` keeps the reply for the way back.
    pub(super) async fn follow_event(
        &mut self,
        event: &Event,
        group: &Group,
        place: usize,
        block: &Block,
        message: Option<Message>,
        resumes: bool,
    ) -> Result<(), Refusal> {
        let edge = event.outgoing_edge_id.filled();
        let edge = edge.ok_or_else(|| Refusal::bad_request("The reply event is not connected"))?;
        if let Some(options) = event.options.get() {
            self.describe_reply(options, group, place, block, message.as_ref());
        }
        self.return_mark = Some(ReturnMark {
            block: block.id().to_owned(),
            is_called: false,
            message: message.filter(|_| resumes),
        });
        self.stop_waiting();
        self.walk(Some(Way::Edge(edge.to_owned()))).await
    }

    fn describe_reply(
        &mut self,
        options: &EventOptions,
        group: &Group,
        place: usize,
        block: &Block,
        message: Option<&Message>,
    ) {
        let text = message.map(Message::content).unwrap_or_default();
        let parts = [
            (&options.content_variable_id, text),
            (&options.input_type_variable_id, input_type(block)),
            (&options.input_name_variable_id, group.title.text()),
        ];
        for (variable, text) in parts {
            if let Some(variable) = variable.filled() {
                self.assign(place, block, variable, text_value(text.to_owned()));
            }
        }
    }

    /// Nothing is awaited any more.
    pub(super) fn stop_waiting(&mut self) {
        self.current_block = None;
        self.is_waiting = false;
        self.awaited_stream = None;
        self.reply.input = None;
    }
}

/// An input's type as events name it.
fn input_type(block: &Block) -> &str {
    match block.type_name() {
        "choice input" => "buttons",
        "phone number input" => "phone",
        other => other.strip_suffix(" input").unwrap_or(other),
    }
}
