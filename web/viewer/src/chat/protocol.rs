//! What the machine and the page say to each other.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{Answer, Memory};
use crate::api::action::ActionKind;
use crate::api::bubble::EmbedWait;
use crate::api::rich_text::Node;
use crate::api::{ApiError, ChatReply, Input, StartReply};

/// What happened outside.
#[derive(Debug)]
pub enum Event {
    /// The page is ready.
    Opened {
        /// Values for variables by name.
        prefilled: Map<String, Value>,
        /// The result of an earlier visit.
        result_id: Option<String>,
    },
    /// The answer to a start.
    Started(Box<Result<StartReply, ApiError>>),
    /// The answer to a reply.
    Replied(Box<Result<ChatReply, ApiError>>),
    /// The time asked for has passed.
    Slept,
    /// The action asked for is done.
    Acted(Outcome),
    /// The visitor answered.
    Answered(Answer),
    /// A part of a text that is being written arrived: the whole of it so far.
    Streamed(Vec<Node>),
    /// An embedded page spoke: the event's name and its data.
    EmbedSpoke(String, Option<String>),
    /// A block's own frame is done, perhaps with an answer.
    FrameDone(Option<String>),
    /// An earlier visit's conversation takes the place of the one that has just started.
    Restored(Box<Memory>),
    /// The visitor wants the failed request sent again.
    Retried,
}

/// What the page is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Send a start with this body.
    Start(Value),
    /// Send a reply with this body.
    Continue(Value),
    /// Report [`Event::Slept`] after so many milliseconds.
    Sleep(u32),
    /// Do this and report [`Event::Acted`].
    Act(ActionKind),
    /// The bot is known: apply its look, and remember the result.
    Dress,
    /// Tell the bot's builder what went wrong: description and details.
    Report(String, String),
}

/// How an action went.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, with a value for the server.
    Value(String),
    /// The browser kept a window from opening.
    Blocked(String),
    /// It failed, and why. The conversation goes on.
    Failed(String),
    /// It did not get through, and the conversation cannot go on without it.
    Lost,
}

/// Where the conversation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// The first answer is awaited.
    Opening,
    /// The bot seems to type.
    Typing,
    /// Between two bubbles, or an action is under way.
    Busy,
    /// A question is open.
    Asking(Rc<Input>),
    /// An embedded page is to say that it is done.
    Embedded(EmbedWait),
    /// An answer is on its way.
    Sending,
    /// A request failed.
    Failed(Failure),
    /// The conversation is over.
    Ended,
}

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There is no such bot.
    Missing,
    /// The bot refuses to talk, in its own words.
    Refused(String),
    /// The server no longer knows the conversation.
    Expired,
    /// Nothing was lost; sending it again may help.
    Retry(Option<String>),
}
