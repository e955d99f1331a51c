//! A conversation at work: what one turn holds in memory, and the two ways in.

mod ab_test;
mod answer;
mod bubble;
mod client_result;
mod code;
mod condition;
mod event;
mod finish;
mod frame;
mod head;
mod input;
mod integration;
mod jump;
mod link;
mod look;
mod page_tags;
mod progress;
mod redirect;
mod reply;
mod script;
mod set_variable;
mod start;
mod text;
mod transcript;
mod update;
mod variables;
mod wait;
mod walk;

pub(crate) use look::fill;
pub(crate) use reply::reply;
pub(crate) use start::start;
pub(crate) use update::update;

use crate::effect::BlockCall;
use crate::mailbox::Mailbox;
use crate::message::{Contact, Limits, TextFormat};
use crate::output::{ChatReply, LogLine, Record};
use crate::state::{OpenedInput, ReturnMark, TranscriptLine};
use frame::LiveFrame;
use serde_json::{Value, json};
use std::sync::Arc;
use talkloom_flow::catalog::Catalog;
use talkloom_flow::{Block, Flow, Group};

/// One turn's working memory.
pub(crate) struct Talk {
    mailbox: Mailbox,
    catalog: Arc<Catalog>,
    /// The running bot first; never empty.
    frames: Vec<LiveFrame>,
    current_block: Option<String>,
    return_mark: Option<ReturnMark>,
    streams: bool,
    awaited_stream: Option<BlockCall>,
    opened_inputs: Vec<OpenedInput>,
    contact: Contact,
    answered: u32,
    next_edge: u32,
    next_change: u32,
    transcript: Option<Vec<TranscriptLine>>,
    text_format: TextFormat,
    /// How texts are written in turns that do not say.
    usual_format: TextFormat,
    blocks_left: u32,
    limits: Limits,
    own_hosts: Vec<String>,
    /// The next bubble was shown word by word already.
    skips_bubble: bool,
    last_bubble: Option<String>,
    /// Something is awaited: an input, a page's event or a client action.
    is_waiting: bool,
    reply: ChatReply,
    records: Vec<Record>,
}

impl Talk {
    fn frame(&self) -> &LiveFrame {
        &self.frames[0]
    }

    fn frame_mut(&mut self) -> &mut LiveFrame {
        &mut self.frames[0]
    }

    fn flow(&self) -> Arc<Flow> {
        Arc::clone(&self.frames[0].flow)
    }

    fn is_preview(&self) -> bool {
        self.frame().result.is_none()
    }

    /// Whether lists are printed whole and links keep their results apart.
    fn is_current_version(&self) -> bool {
        self.frame().flow.document().version.text().starts_with('6')
    }

    fn log(&mut self, status: &str, description: impl Into<String>, details: Option<String>) {
        let description = description.into();
        let line = LogLine {
            status: status.to_owned(),
            description,
            details,
            context: None,
        };
        self.log_line(line);
    }

    fn log_line(&mut self, mut line: LogLine) {
        line.details = line.details.map(|details| shorten(&details));
        if let Some(result) = self.frame().result.clone() {
            self.records.push(Record::Log {
                result,
                line: line.clone(),
            });
        }
        self.reply.logs.push(line);
    }

    /// Adds a client action after the last bubble; with `waits` the conversation stands still.
    fn act(&mut self, kind: &str, payload: Value, block: &Block, waits: bool) {
        let mut action = json!({"type": kind});
        action[kind] = payload;
        self.act_as(action, block, waits);
    }

    fn act_as(&mut self, mut action: Value, block: &Block, waits: bool) {
        if let Some(bubble) = &self.last_bubble {
            action["lastBubbleBlockId"] = json!(bubble);
        }
        if waits {
            action["expectsDedicatedReply"] = json!(true);
            self.current_block = Some(block.id().to_owned());
            self.is_waiting = true;
        }
        self.reply.client_side_actions.push(action);
    }
}

/// The group and the places of a block of a flow.
fn place_of<'f>(flow: &'f Flow, block: &str) -> Option<(&'f Group, usize)> {
    let (group, place) = flow.block_place(block)?;
    Some((flow.group_at(group)?, place))
}

fn shorten(details: &str) -> String {
    const LONGEST: usize = 1_000;
    match details.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &details[..end]),
        None => details.to_owned(),
    }
}
