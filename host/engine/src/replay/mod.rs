//! Conversations held again from their journal: exactly, or with another bot in place of theirs.
//!
//! Nothing is called and nothing is asked of the world: what effects gave is recorded. What a
//! replay needs of the store (documents, catalogs) is put into a [`Library`] beforehand.

mod counterpart;
mod describe;
mod view;

pub use counterpart::{Counterpart, Strayed, Supply, Tape};
pub use describe::{Shortened, describe, shorten};
pub use view::{InputView, TurnView, labelled, variables};

use crate::effect::{Effect, EffectResult, FlowLink, FlowRef};
use crate::journal::{Entry, Input};
use crate::output::Output;
use crate::state::State;
use crate::turn::{Refusal, Step, Turn};
use std::collections::BTreeMap;
use std::sync::Arc;
use talkloom_flow::Flow;
use talkloom_flow::catalog::Catalog;

/// Documents and catalogs by the names that recordings have for them.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Versions of bots.
    pub flows: BTreeMap<String, Arc<Flow>>,
    /// What was installed.
    pub catalogs: BTreeMap<String, Arc<Catalog>>,
}

impl Library {
    /// A version of a bot.
    pub fn flow(&self, version: &str) -> Option<FlowRef> {
        let flow = self.flows.get(version)?;
        Some(FlowRef {
            version: version.to_owned(),
            flow: Some(Arc::clone(flow)),
        })
    }

    fn needed_flow(&self, version: &str) -> Result<FlowRef, ReplayError> {
        let missing = || ReplayError::NoVersion(version.to_owned());
        self.flow(version).ok_or_else(missing)
    }

    fn needed_catalog(&self, name: &str) -> Result<Arc<Catalog>, ReplayError> {
        let missing = || ReplayError::NoCatalog(name.to_owned());
        self.catalogs.get(name).cloned().ok_or_else(missing)
    }
}

/// Why a recording cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The first entry is a reply, or a later one is a start.
    #[error("The recording is incomplete: it has to begin with a start and go on with replies.")]
    Incomplete,
    /// A version of a bot is missing.
    #[error("The version {0} of a bot is gone, so the conversation cannot be replayed.")]
    NoVersion(String),
    /// A catalog is missing.
    #[error("What was installed then ({0}) is not known, so the conversation cannot be replayed.")]
    NoCatalog(String),
    /// The engine asks for other things than it did.
    #[error(
        "The recording does not fit: the bot asks for {asked} where it holds {recorded}. It was \
         made by another release of the server."
    )]
    Unfit {
        /// What the engine asks for.
        asked: String,
        /// What the recording has.
        recorded: String,
    },
    /// The engine refuses what it took.
    #[error("The recording does not fit: the bot refuses what it took then. {0}")]
    Refused(Refusal),
}

/// An effect and what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What the bot asked for.
    pub effect: Effect,
    /// What it got.
    pub result: EffectResult,
}

/// A turn that was held again.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// What the bot asked for and got, in order.
    pub asked: Vec<Asked>,
    /// How the turn ended.
    pub end: Result<Ended, Refusal>,
}

/// The end of a turn that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The state after it.
    pub state: State,
    /// What it gave.
    pub output: Output,
    /// Whether the conversation is over.
    pub is_over: bool,
}

/// Runs a turn with an answer for each effect; ends early where there is none.
fn play<E>(
    mut turn: Turn,
    mut answer: impl FnMut(&Effect) -> Result<EffectResult, E>,
) -> Result<Played, E> {
    let mut asked = Vec::new();
    let mut step = turn.step();
    loop {
        let (output, is_over) = match step {
            Step::Perform(effect) => {
                let result = answer(&effect)?;
                asked.push(Asked {
                    effect,
                    result: result.clone(),
                });
                step = turn.resume(result);
                continue;
            }
            Step::Refuse(refusal) => {
                let end = Err(refusal);
                return Ok(Played { asked, end });
            }
            Step::Wait(output) => (output, false),
            Step::End(output) => (output, true),
        };
        let missing = || Refusal::internal("The turn ended without a state.");
        let end = turn.into_state().ok_or_else(missing).map(|state| Ended {
            state,
            output,
            is_over,
        });
        return Ok(Played { asked, end });
    }
}

/// A conversation that is held again exactly, turn by turn.
#[derive(Debug)]
pub struct Replay<'l> {
    library: &'l Library,
    state: Option<State>,
}

impl<'l> Replay<'l> {
    /// Begins before the first turn.
    pub fn new(library: &'l Library) -> Self {
        Self {
            library,
            state: None,
        }
    }

    /// The state after the last turn.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Holds the next turn again.
    ///
    /// # Errors
    /// Where the library or the recording lacks something, or the engine has changed since.
    pub fn turn(&mut self, entry: &Entry) -> Result<(Vec<Asked>, Ended), ReplayError> {
        let turn = self.begin(entry)?;
        let mut recorded = entry.effects.iter();
        let played = play(turn, |effect| self.answer(effect, recorded.next()))?;
        let ended = played.end.map_err(ReplayError::Refused)?;
        if let Some(unused) = recorded.next() {
            return Err(ReplayError::Unfit {
                asked: "nothing more".to_owned(),
                recorded: kind(unused).to_owned(),
            });
        }
        self.state = Some(ended.state.clone());
        Ok((played.asked, ended))
    }

    fn begin(&mut self, entry: &Entry) -> Result<Turn, ReplayError> {
        let catalog = self.library.needed_catalog(&entry.catalog)?;
        match (&entry.input, self.state.take()) {
            (Input::Start { version, start }, None) => {
                let flow = self.library.needed_flow(version)?;
                Ok(Turn::start(flow, catalog, (**start).clone()))
            }
            (Input::Reply(reply), Some(state)) => {
                let version = state.root_version().ok_or(ReplayError::Incomplete)?;
                let flow = self.library.needed_flow(version)?;
                Ok(Turn::reply(state, flow, catalog, reply.clone()))
            }
            (Input::Update { version }, Some(state)) => {
                let flow = self.library.needed_flow(version)?;
                Ok(Turn::update(state, flow))
            }
            _ => Err(ReplayError::Incomplete),
        }
    }

    fn answer(
        &self,
        effect: &Effect,
        recorded: Option<&EffectResult>,
    ) -> Result<EffectResult, ReplayError> {
        match recorded {
            Some(EffectResult::Flow(Some(linked))) if matches!(effect, Effect::LoadFlow(_)) => {
                let flow = self.library.needed_flow(&linked.version)?;
                Ok(EffectResult::Flow(Some(flow)))
            }
            Some(result) if answers(result, effect) => Ok(result.clone()),
            recorded => Err(ReplayError::Unfit {
                asked: describe(effect),
                recorded: recorded.map_or("nothing more", kind).to_owned(),
            }),
        }
    }
}

/// Whether a result is of the kind that an effect asks for.
fn answers(result: &EffectResult, effect: &Effect) -> bool {
    matches!(
        (result, effect),
        (EffectResult::Now(_), Effect::Now)
            | (EffectResult::Id(_), Effect::NewId)
            | (EffectResult::Random(_), Effect::Random)
            | (EffectResult::Evaluated(_), Effect::Evaluate(_))
            | (EffectResult::Flow(_), Effect::LoadFlow(_))
            | (
                EffectResult::Called(_),
                Effect::CallBlock(_) | Effect::TakeStreamed(_)
            )
            | (EffectResult::Prepared(_), Effect::PrepareInput(_))
            | (EffectResult::Accepted(_), Effect::AcceptInput(_))
            | (EffectResult::Addresses(_), Effect::AddressListeners { .. })
    )
}

fn kind(result: &EffectResult) -> &'static str {
    match result {
        EffectResult::Now(_) => "the time",
        EffectResult::Id(_) => "a fresh id",
        EffectResult::Random(_) => "a random number",
        EffectResult::Evaluated(_) => "a script's result",
        EffectResult::Flow(_) => "a linked bot",
        EffectResult::Called(_) => "a block's outcome",
        EffectResult::Prepared(_) => "what an input shows",
        EffectResult::Accepted(_) => "what a block did with a reply",
        EffectResult::Addresses(_) => "listeners' addresses",
    }
}

/// The version that an effect wants to go on with, where it is in the library.
fn waiting_version(library: &Library, effect: &Effect) -> Option<EffectResult> {
    let Effect::LoadFlow(FlowLink::Version(version)) = effect else {
        return None;
    };
    Some(EffectResult::Flow(library.flow(version)))
}
