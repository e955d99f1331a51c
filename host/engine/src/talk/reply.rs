//! How a conversation goes on after a reply.

use super::Talk;
use super::answer::Understood;
use super::event::reply_event;
use super::frame::restore_all;
use super::integration::Reception;
use super::walk::default_way;
use crate::effect::FlowRef;
use crate::mailbox::Mailbox;
use crate::message::{Message, Reply};
use crate::state::{STATE_FORMAT, State, Way};
use crate::turn::{Finish, Refusal};
use std::sync::Arc;
use talkloom_flow::catalog::Catalog;
use talkloom_flow::{Block, BlockKind, Group};

pub(crate) async fn reply(
    mailbox: Mailbox,
    state: State,
    flow: FlowRef,
    catalog: Arc<Catalog>,
    reply: Reply,
) -> Result<Finish, Refusal> {
    if state.format != STATE_FORMAT {
        return Err(Refusal::internal(
            "The conversation's state is of another version.",
        ));
    }
    let frames = restore_all(&mailbox, state.frames, flow).await?;
    let text_format = reply.text_format.unwrap_or(state.text_format);
    let mut talk = Talk::new(
        mailbox,
        catalog,
        frames,
        text_format,
        reply.limits,
        reply.own_hosts,
    );
    talk.usual_format = state.text_format;
    talk.current_block = state.current_block;
    talk.return_mark = state.return_mark;
    talk.streams = state.streams;
    talk.awaited_stream = state.awaited_stream;
    talk.opened_inputs = state.opened_inputs;
    talk.contact = state.contact;
    talk.answered = state.answered;
    talk.next_edge = state.next_edge;
    talk.next_change = state.next_change;
    talk.transcript = state.transcript;
    match (talk.current_block.clone(), reply.message) {
        (Some(current), Some(Message::Command { command })) => {
            talk.command(&current, &command).await?;
        }
        (Some(current), message) => talk.hear(&current, message).await?,
        (None, message) => {
            talk.forget();
            talk.begin(None).await?;
            talk.take_first(message).await?;
        }
    }
    Ok(talk.finish())
}

impl Talk {
    /// Takes a reply to the block that waits, and walks on. A reply that an event kept is taken
    /// when the walk comes back to its input.
    pub(super) async fn hear(
        &mut self,
        current: &str,
        message: Option<Message>,
    ) -> Result<(), Refusal> {
        let mut current = current.to_owned();
        let mut message = message;
        let mut is_fresh = true;
        loop {
            self.hear_once(&current, message, is_fresh).await?;
            let is_back = |mark: &mut crate::state::ReturnMark| mark.is_called;
            let Some(mark) = self.return_mark.take_if(is_back) else {
                return Ok(());
            };
            if !self.is_waiting || self.current_block.as_ref() != Some(&mark.block) {
                return Ok(());
            }
            current = mark.block;
            message = mark.message;
            is_fresh = false;
        }
    }

    async fn hear_once(
        &mut self,
        current: &str,
        message: Option<Message>,
        is_fresh: bool,
    ) -> Result<(), Refusal> {
        let flow = self.flow();
        let Some((group, place)) = super::place_of(&flow, current) else {
            return Err(Refusal::internal(
                "The block that this conversation waits at is gone.",
            ));
        };
        let Some(block) = flow.block(current) else {
            return Ok(());
        };
        let streamed = self.awaited_stream.take();
        self.stop_waiting();
        if block.is_input() {
            return self.answer(group, place, block, message, is_fresh).await;
        }
        self.client_result(place, block, message.as_ref(), streamed)
            .await?;
        self.walk(default_way(group, place, block)).await
    }

    async fn answer(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
        message: Option<Message>,
        is_fresh: bool,
    ) -> Result<(), Refusal> {
        let flow = self.flow();
        let mut understood = self.understand(block, message.as_ref()).await?;
        if let Some(understood) = &mut understood {
            self.keep_parts(place, block, understood);
        }
        let on_invalid = reply_event(&flow, "invalidReply");
        if is_fresh {
            let event = match (&understood, on_invalid) {
                (None, Some(event)) => Some((event, false)),
                _ => reply_event(&flow, "reply")
                    .filter(|event| event.outgoing_edge_id.filled().is_some())
                    .map(|event| (event, true)),
            };
            if let Some((event, resumes)) = event {
                return self
                    .follow_event(event, group, place, block, message, resumes)
                    .await;
            }
        }
        let Some(understood) = understood else {
            return self.ask_again(block).await;
        };
        let exit = match self.accept_input(place, block, message.as_ref()).await? {
            Reception::Accepted { exit } => exit,
            Reception::Refused => {
                return match on_invalid.filter(|_| is_fresh) {
                    Some(event) => {
                        self.follow_event(event, group, place, block, message, false)
                            .await
                    }
                    None => self.ask_again(block).await,
                };
            }
        };
        let way = match exit {
            Some(way) => way,
            None => self.way_after(group, place, block, &understood).await?,
        };
        self.accept(group, place, block, understood, message.as_ref());
        self.walk(way).await
    }

    /// Where an answer leads.
    async fn way_after(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
        understood: &Understood,
    ) -> Result<Option<Way>, Refusal> {
        let edge = match (&understood.edge, &understood.content) {
            (Some(edge), _) => Some(edge.clone()),
            (None, Some(content)) => self.edge_by_content(block, content).await?,
            (None, None) => None,
        };
        let Some(edge) = edge else {
            return Ok(default_way(group, place, block));
        };
        let way = Way::Edge(edge);
        self.note_way(&way, block);
        Ok(Some(way))
    }

    /// The edge of the single choice that shows what was stored; none where choices come from
    /// variables.
    async fn edge_by_content(
        &self,
        block: &Block,
        content: &str,
    ) -> Result<Option<String>, Refusal> {
        let written: Vec<(&str, Option<&str>)> = match &block.kind {
            BlockKind::Buttons { options, items } => {
                let is_single = options.get().is_none_or(|options| {
                    !options.is_multiple_choice.is_on(false)
                        && options.dynamic_variable_id.filled().is_none()
                });
                let items = items.items().filter(|_| is_single);
                items
                    .map(|item| (item.content.text(), item.outgoing_edge_id.filled()))
                    .collect()
            }
            BlockKind::Pictures { options, items } => {
                let is_single = options.get().is_none_or(|options| {
                    let dynamic = options.dynamic_items.get();
                    !options.is_multiple_choice.is_on(false)
                        && !dynamic.is_some_and(|dynamic| dynamic.is_enabled.is_on(false))
                });
                let items = items.items().filter(|_| is_single);
                items
                    .map(|item| (item.title.text(), item.outgoing_edge_id.filled()))
                    .collect()
            }
            _ => Vec::new(),
        };
        for (text, edge) in written {
            if !text.is_empty() && self.fill(text).await? == content {
                return Ok(edge.map(str::to_owned));
            }
        }
        Ok(None)
    }

    async fn ask_again(&mut self, block: &Block) -> Result<(), Refusal> {
        let text = self.retry_text(block).await?;
        let content = self.line(&text);
        self.say(block.id(), "text", content);
        self.ask(block).await?;
        Ok(())
    }

    async fn retry_text(&self, block: &Block) -> Result<String, Refusal> {
        const INVALID: &str = "Invalid message. Please, try again.";
        const EMAIL: &str = "This email doesn't seem to be valid. Can you type it again?";
        const PAYMENT: &str = "Payment failed. Please, try again.";
        let (own, default) = match &block.kind {
            BlockKind::EmailInput(options) => {
                (options.get().map(|o| &o.retry_message_content), Some(EMAIL))
            }
            BlockKind::UrlInput(options) | BlockKind::PhoneInput(options) => {
                (options.get().map(|o| &o.retry_message_content), None)
            }
            BlockKind::Payment(options) => (
                options.get().map(|o| &o.retry_message_content),
                Some(PAYMENT),
            ),
            _ => (None, None),
        };
        if let Some(own) = own.and_then(|own| own.filled()) {
            return self.fill(own).await;
        }
        let messages = self.frame().flow.document().settings.get();
        let messages = messages.and_then(|settings| settings.general.get());
        let messages = messages.and_then(|general| general.system_messages.get());
        let invalid = messages.and_then(|messages| messages.invalid_message.filled());
        self.fill(default.or(invalid).unwrap_or(INVALID)).await
    }
}
