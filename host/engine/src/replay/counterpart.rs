//! A recorded conversation held with another bot: the same inputs and the same answers of the
//! world, as far as the other bot asks for the same.

use super::{Asked, Library, Played, ReplayError, answers, play, waiting_version};
use crate::effect::{BlockCall, Effect, EffectResult};
use crate::journal::Input;
use crate::message::{Reply, Start};
use crate::state::State;
use crate::turn::Turn;
use std::sync::Arc;
use talkloom_flow::catalog::Catalog;

/// Where the answers come from.
pub trait Supply {
    /// The result for an effect; none where it was not recorded.
    fn supply(&mut self, effect: &Effect) -> Option<EffectResult>;
}

/// The other bot asked for something that was not recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Strayed(pub Box<Effect>);

/// Why a turn could not be held with the other bot.
#[derive(Debug)]
enum Stop {
    Strayed(Strayed),
    Replay(ReplayError),
}

/// Another bot that the conversation is held with.
#[derive(Debug)]
pub struct Counterpart<'l> {
    library: &'l Library,
    version: String,
    catalog: Arc<Catalog>,
    state: Option<State>,
}

impl<'l> Counterpart<'l> {
    /// Begins before the first turn. `version` names the bot in the library.
    pub fn new(library: &'l Library, version: impl Into<String>, catalog: Arc<Catalog>) -> Self {
        Self {
            library,
            version: version.into(),
            catalog,
            state: None,
        }
    }

    /// The state after the last turn.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Holds the next turn.
    ///
    /// # Errors
    /// Where the recording cannot be replayed with any bot.
    pub fn turn(
        &mut self,
        input: &Input,
        supply: &mut impl Supply,
    ) -> Result<Result<Played, Strayed>, ReplayError> {
        match input {
            Input::Start { start, .. } => self.start((**start).clone(), supply),
            Input::Reply(reply) => self.reply(reply.clone(), supply),
            // The bot in question is the only version here.
            Input::Update { .. } => {
                let state = self.state.clone().ok_or(ReplayError::Incomplete)?;
                let flow = self.library.needed_flow(&self.version)?;
                self.play(Turn::update(state, flow), supply)
            }
        }
    }

    /// Begins the conversation.
    ///
    /// # Errors
    /// Where the bot is not in the library.
    pub fn start(
        &mut self,
        start: Start,
        supply: &mut impl Supply,
    ) -> Result<Result<Played, Strayed>, ReplayError> {
        let flow = self.library.needed_flow(&self.version)?;
        let turn = Turn::start(flow, Arc::clone(&self.catalog), start);
        self.play(turn, supply)
    }

    /// Goes on with a reply.
    ///
    /// # Errors
    /// Where the conversation has not begun or a version is not in the library.
    pub fn reply(
        &mut self,
        reply: Reply,
        supply: &mut impl Supply,
    ) -> Result<Result<Played, Strayed>, ReplayError> {
        let state = self.state.clone().ok_or(ReplayError::Incomplete)?;
        let version = state.root_version().ok_or(ReplayError::Incomplete)?;
        let flow = self.library.needed_flow(version)?;
        let turn = Turn::reply(state, flow, Arc::clone(&self.catalog), reply);
        self.play(turn, supply)
    }

    fn play(
        &mut self,
        turn: Turn,
        supply: &mut impl Supply,
    ) -> Result<Result<Played, Strayed>, ReplayError> {
        let library = self.library;
        let played = play(turn, |effect| answer(library, effect, supply));
        match played {
            Ok(played) => {
                // A turn that is refused changes nothing.
                if let Ok(ended) = &played.end {
                    self.state = Some(ended.state.clone());
                }
                Ok(Ok(played))
            }
            Err(Stop::Strayed(strayed)) => Ok(Err(strayed)),
            Err(Stop::Replay(error)) => Err(error),
        }
    }
}

fn answer(
    library: &Library,
    effect: &Effect,
    supply: &mut impl Supply,
) -> Result<EffectResult, Stop> {
    if let Some(result) = waiting_version(library, effect) {
        return Ok(result);
    }
    let strayed = || Stop::Strayed(Strayed(Box::new(effect.clone())));
    match supply.supply(effect).ok_or_else(strayed)? {
        EffectResult::Flow(Some(linked)) => {
            let flow = library.needed_flow(&linked.version);
            Ok(EffectResult::Flow(Some(flow.map_err(Stop::Replay)?)))
        }
        result => Ok(result),
    }
}

/// The effects of a recorded turn, each given out once.
#[derive(Debug)]
pub struct Tape<'a> {
    now_ms: i64,
    unused: Vec<&'a Asked>,
}

impl<'a> Tape<'a> {
    /// Takes a turn's effects; `now_ms` is when it was recorded, for a bot that asks for the time
    /// more often.
    pub fn new(recorded: &'a [Asked], now_ms: i64) -> Self {
        Self {
            now_ms,
            unused: recorded.iter().collect(),
        }
    }

    /// The recorded effect that stands nearest to one that was not recorded: the same block's call,
    /// else one of the same kind, else the next.
    pub fn nearest(&self, effect: &Effect) -> Option<&'a Effect> {
        let same_block = |asked: &&&Asked| match (&asked.effect, effect) {
            (Effect::CallBlock(one), Effect::CallBlock(other))
            | (Effect::TakeStreamed(one), Effect::TakeStreamed(other))
            | (Effect::PrepareInput(one), Effect::PrepareInput(other)) => {
                one.block_id == other.block_id
            }
            (Effect::AcceptInput(one), Effect::AcceptInput(other)) => {
                one.call.block_id == other.call.block_id
            }
            _ => false,
        };
        let same_kind = |asked: &&&Asked| answers(&asked.result, effect);
        let found = self.unused.iter().find(same_block);
        let found = found.or_else(|| self.unused.iter().find(same_kind));
        found
            .or_else(|| self.unused.first())
            .map(|asked| &asked.effect)
    }

    /// What was asked for and is not any more; the time, ids and random numbers do not count.
    pub fn unused(&self) -> impl Iterator<Item = &'a Effect> {
        let effects = self.unused.iter().map(|asked| &asked.effect);
        effects.filter(|effect| {
            !matches!(
                effect,
                Effect::Now
                    | Effect::NewId
                    | Effect::Random
                    | Effect::LoadFlow(crate::effect::FlowLink::Version(_))
            )
        })
    }
}

impl Supply for Tape<'_> {
    fn supply(&mut self, effect: &Effect) -> Option<EffectResult> {
        let place = self
            .unused
            .iter()
            .position(|asked| is_same(&asked.effect, effect));
        match place {
            Some(place) => Some(self.unused.remove(place).result.clone()),
            None if *effect == Effect::Now => Some(EffectResult::Now(self.now_ms)),
            None => None,
        }
    }
}

/// Whether two effects ask the world for the same, so that one's answer is the other's.
fn is_same(one: &Effect, other: &Effect) -> bool {
    match (one, other) {
        (Effect::Evaluate(one), Effect::Evaluate(other)) => {
            (&one.code, &one.arguments) == (&other.code, &other.arguments)
        }
        (Effect::CallBlock(one), Effect::CallBlock(other))
        | (Effect::TakeStreamed(one), Effect::TakeStreamed(other))
        | (Effect::PrepareInput(one), Effect::PrepareInput(other)) => asks_the_same(one, other),
        (Effect::AcceptInput(one), Effect::AcceptInput(other)) => {
            one.reply == other.reply && asks_the_same(&one.call, &other.call)
        }
        (
            Effect::AddressListeners { blocks: one, .. },
            Effect::AddressListeners { blocks: other, .. },
        ) => one == other,
        (one, other) => one == other,
    }
}

fn asks_the_same(one: &BlockCall, other: &BlockCall) -> bool {
    (&one.block_type, &one.action, &one.options)
        == (&other.block_type, &other.action, &other.options)
}
