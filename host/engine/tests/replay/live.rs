//! One conversation, held live with its journal written, and held again from the journal.

use std::sync::Arc;

use talkloom_engine::journal::{Entry, Recorder};
use talkloom_engine::replay::Replay;
use talkloom_engine::{EffectResult, Output, Refusal, State, Step, Turn};

use crate::bots::{Bots, CATALOG};
use crate::chance::Chance;
use crate::visitor;

/// How many of what came to pass: a test that met none of a kind proves nothing about it.
#[derive(Debug, Default)]
pub struct Tally {
    turns: u64,
    refused: u64,
    over: u64,
    reloaded: u64,
    times: u64,
    ids: u64,
    numbers: u64,
    scripts: u64,
    links: u64,
    calls: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.turns += other.turns;
        self.refused += other.refused;
        self.over += other.over;
        self.reloaded += other.reloaded;
        self.times += other.times;
        self.ids += other.ids;
        self.numbers += other.numbers;
        self.scripts += other.scripts;
        self.links += other.links;
        self.calls += other.calls;
    }

    fn count(&mut self, result: &EffectResult) {
        match result {
            EffectResult::Now(_) => self.times += 1,
            EffectResult::Id(_) => self.ids += 1,
            EffectResult::Random(_) => self.numbers += 1,
            EffectResult::Evaluated(_) => self.scripts += 1,
            EffectResult::Flow(_) => self.links += 1,
            EffectResult::Called(_) | EffectResult::Prepared(_) | EffectResult::Accepted(_) => {
                self.calls += 1
            }
            EffectResult::Addresses(_) => self.ids += 1,
        }
    }

    /// Every kind was met; without the recordings the demo bot alone meets fewer.
    pub fn check(&self) {
        eprintln!("{self:?}");
        let always = [self.turns, self.over, self.reloaded, self.calls];
        assert!(always.iter().all(|count| *count > 500), "{self:?}");
        if crate::fixtures::folder().is_some() {
            let rare = [
                self.refused,
                self.times,
                self.ids,
                self.numbers,
                self.scripts,
                self.links,
            ];
            assert!(rare.iter().all(|count| *count > 50), "{self:?}");
        }
    }
}

/// What a turn left, written out.
#[derive(Debug, PartialEq)]
struct Left {
    reply: String,
    records: String,
    state: String,
    is_over: bool,
}

impl Left {
    fn of(output: &Output, state: &State, is_over: bool) -> Self {
        Self {
            reply: serde_json::to_string(&output.reply).expect("replies are JSON"),
            records: format!("{:?}", output.records),
            state: serde_json::to_string(state).expect("states are JSON"),
            is_over,
        }
    }
}

/// Holds a conversation and replays it; the difference, where there is one.
pub fn hold(bots: &Bots, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut chance = Chance::new(seed);
    let bot = bots.names[chance.below(bots.names.len())].clone();
    let (entries, lived) = live(bots, &bot, &mut chance, tally);
    let mut replay = Replay::new(&bots.library);
    for (turn, (entry, lived)) in entries.iter().zip(&lived).enumerate() {
        let entry = Entry::read(entry).map_err(|error| format!("{bot}, turn {turn}: {error}"))?;
        let replayed = replay.turn(&entry);
        let (_, ended) = replayed.map_err(|error| format!("{bot}, turn {turn}: {error}"))?;
        let replayed = Left::of(&ended.output, &ended.state, ended.is_over);
        if replayed != *lived {
            return Err(format!("{bot}, turn {turn}: {lived:#?} and {replayed:#?}"));
        }
    }
    Ok(())
}

/// The journal of a conversation, and what each turn left.
fn live(
    bots: &Bots,
    bot: &str,
    chance: &mut Chance,
    tally: &mut Tally,
) -> (Vec<Vec<u8>>, Vec<Left>) {
    let mut entries = Vec::new();
    let mut lived = Vec::new();
    let version = bots.flow(bot).expect("the bot is there");
    let flow = Arc::clone(version.flow.as_ref().expect("it is loaded"));
    let start = visitor::start(chance, bot, &flow);
    let (recorder, start) = Recorder::of_start(bot, CATALOG, start).expect("a start is JSON");
    let turn = Turn::start(version.clone(), Arc::clone(&bots.catalog), start);
    let Ok(taken) = drive(bots, chance, tally, turn, recorder) else {
        return (entries, lived);
    };
    let mut state = keep(taken, &mut entries, &mut lived);
    for _ in 0..chance.below(10) {
        if chance.once_in(3) {
            // As a server does that was started anew.
            let stored = serde_json::to_string(&state.0).expect("states are JSON");
            state.0 = serde_json::from_str(&stored).expect("states are read back");
            tally.reloaded += 1;
        }
        let reply = visitor::reply(chance, &flow, state.1.as_ref());
        let recorder = Recorder::of_reply(CATALOG, &reply).expect("a reply is JSON");
        let catalog = Arc::clone(&bots.catalog);
        let turn = Turn::reply(state.0.clone(), version.clone(), catalog, reply);
        if let Ok(taken) = drive(bots, chance, tally, turn, recorder) {
            let is_over = taken.2;
            state = keep(taken, &mut entries, &mut lived);
            if is_over {
                tally.over += 1;
                break;
            }
        }
    }
    (entries, lived)
}

type Taken = (State, Output, bool, Vec<u8>);

fn keep(
    (state, output, is_over, entry): Taken,
    entries: &mut Vec<Vec<u8>>,
    lived: &mut Vec<Left>,
) -> (State, Option<serde_json::Value>) {
    lived.push(Left::of(&output, &state, is_over));
    entries.push(entry);
    (state, output.reply.input)
}

fn drive(
    bots: &Bots,
    chance: &mut Chance,
    tally: &mut Tally,
    mut turn: Turn,
    mut recorder: Recorder,
) -> Result<Taken, Refusal> {
    let mut step = turn.step();
    let (output, is_over) = loop {
        match step {
            Step::Perform(effect) => {
                let result = chance.perform(bots, &effect);
                tally.count(&result);
                let result = recorder.effect(result).expect("results are JSON");
                step = turn.resume(result);
            }
            Step::Wait(output) => break (output, false),
            Step::End(output) => break (output, true),
            Step::Refuse(refusal) => {
                tally.refused += 1;
                return Err(refusal);
            }
        }
    };
    tally.turns += 1;
    let state = turn.into_state().expect("a turn leaves a state");
    Ok((state, output, is_over, recorder.finish()))
}
