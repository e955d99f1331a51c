//! One turn of a conversation, driven step by step.

use crate::effect::{Effect, EffectResult, FlowRef};
use crate::mailbox::Mailbox;
use crate::message::{Reply, Start};
use crate::output::Output;
use crate::state::State;
use crate::talk;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use talkloom_flow::catalog::Catalog;

/// What a turn wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Do this and call [`Turn::resume`].
    Perform(Effect),
    /// The turn is over; the conversation waits for a reply.
    Wait(Output),
    /// The turn and the conversation are over.
    End(Output),
    /// The request cannot be served; nothing changed.
    Refuse(Refusal),
}

/// Why a request is not served, as the chat API words it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The chat API's code: `BAD_REQUEST`, ….
    pub code: &'static str,
    /// A sentence.
    pub message: String,
}

impl Refusal {
    /// The request does not fit the conversation.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: "BAD_REQUEST",
            message: message.into(),
        }
    }

    /// The conversation's own data does not hold together.
    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            status: 500,
            code: "INTERNAL_SERVER_ERROR",
            message: message.into(),
        }
    }

    pub(crate) fn wrong_answer() -> Self {
        Self::internal("An effect was answered with a result of another kind.")
    }
}

/// How a turn's code ends.
pub(crate) struct Finish {
    pub(crate) state: State,
    pub(crate) output: Output,
    pub(crate) is_over: bool,
}

type Work = Pin<Box<dyn Future<Output = Result<Finish, Refusal>> + Send>>;

/// One turn: a start or a reply.
pub struct Turn {
    work: Option<Work>,
    mailbox: Mailbox,
    state: Option<State>,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("is_over", &self.work.is_none())
            .finish_non_exhaustive()
    }
}

impl Turn {
    /// Begins a conversation with a version of a bot.
    pub fn start(flow: FlowRef, catalog: Arc<Catalog>, start: Start) -> Self {
        Self::with(|mailbox| Box::pin(talk::start(mailbox, flow, catalog, start)))
    }

    /// Goes on with a waiting conversation; `flow` is any of the versions that its state names,
    /// usually [`State::root_version`]. Others are asked for with [`Effect::LoadFlow`].
    pub fn reply(state: State, flow: FlowRef, catalog: Arc<Catalog>, reply: Reply) -> Self {
        Self::with(|mailbox| Box::pin(talk::reply(mailbox, state, flow, catalog, reply)))
    }

    /// Lets a waiting conversation go on with the newest version of its bot; refused where the block
    /// that it waits at is not there.
    pub fn update(state: State, newest: FlowRef) -> Self {
        Self::with(|_| Box::pin(talk::update(state, newest)))
    }

    /// Puts a conversation's variables and the results of code into the texts of some JSON, as its
    /// first bot has them: [`Output::filled`]. The conversation stays as it is.
    pub fn fill(state: State, flow: FlowRef, catalog: Arc<Catalog>, json: Value) -> Self {
        Self::with(|mailbox| Box::pin(talk::fill(mailbox, state, flow, catalog, json)))
    }

    fn with(work: impl FnOnce(Mailbox) -> Work) -> Self {
        let mailbox = Mailbox::default();
        Self {
            work: Some(work(mailbox.clone())),
            mailbox,
            state: None,
        }
    }

    /// Runs until the turn wants something. After the turn is over this is a refusal.
    pub fn step(&mut self) -> Step {
        let Some(work) = self.work.as_mut() else {
            return Step::Refuse(Refusal::internal("The turn is over already."));
        };
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => match self.mailbox.take_asked() {
                Some(effect) => Step::Perform(effect),
                None => Step::Refuse(Refusal::internal("The turn's effect was not answered.")),
            },
            Poll::Ready(end) => {
                self.work = None;
                self.finish(end)
            }
        }
    }

    fn finish(&mut self, end: Result<Finish, Refusal>) -> Step {
        match end {
            Ok(Finish {
                state,
                output,
                is_over,
            }) => {
                self.state = Some(state);
                if is_over {
                    Step::End(output)
                } else {
                    Step::Wait(output)
                }
            }
            Err(refusal) => Step::Refuse(refusal),
        }
    }

    /// Gives an effect's result and runs on.
    pub fn resume(&mut self, result: EffectResult) -> Step {
        self.mailbox.answer(result);
        self.step()
    }

    /// The state to keep, once the turn is over.
    pub fn into_state(self) -> Option<State> {
        self.state
    }
}
