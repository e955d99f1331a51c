//! What the world gives by chance: times, ids, values, outcomes.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use talkloom_engine::effect::{
    BlockCall, BlockFailure, BlockOutcome, Evaluation, FlowLink, PreparedInput, Script, ScriptError,
};
use talkloom_engine::output::LogLine;
use talkloom_engine::{Effect, EffectResult};

use crate::bots::Bots;

pub struct Chance(StdRng);

const TEXTS: [&str; 12] = [
    "",
    "Ada",
    "0012",
    "-3.50",
    "true",
    "null",
    "{{Name}}",
    "**bold** _and_ [a link](https://example.com)",
    "[\"a\", \"b\"]",
    "日本語 🙂",
    "line one\nline two",
    "ada@example.com",
];

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Once in `n` times.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.0.random_range(0..n) == 0
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.choose(&mut self.0)
    }

    pub fn text(&mut self) -> String {
        match self.below(4) {
            0 => self.0.random_range(-1_000_i32..1_000).to_string(),
            1 => format!("{}", self.float()),
            _ => TEXTS[self.below(TEXTS.len())].to_owned(),
        }
    }

    /// Any number that JSON can write, not only round ones.
    pub fn float(&mut self) -> f64 {
        let wide = f64::from_bits(self.0.random());
        if wide.is_finite() && self.once_in(2) {
            wide
        } else {
            self.0.random::<f64>() * 1_000.0
        }
    }

    pub fn value(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.0.random::<bool>()),
            2 => json!(self.0.random::<i64>() >> self.below(60)),
            3 => json!(self.float()),
            4 | 5 => Value::String(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let mut keys = Map::new();
                for _ in 0..self.below(4) {
                    let key = self.text();
                    keys.insert(key, self.value(depth - 1));
                }
                Value::Object(keys)
            }
        }
    }

    pub fn perform(&mut self, bots: &Bots, effect: &Effect) -> EffectResult {
        match effect {
            Effect::Now => EffectResult::Now(self.0.random_range(0..4_000_000_000_000)),
            Effect::NewId => EffectResult::Id(format!("c{:023}", self.0.random::<u64>())),
            Effect::Random => EffectResult::Random(self.0.random()),
            Effect::Evaluate(script) => EffectResult::Evaluated(self.evaluated(script)),
            Effect::LoadFlow(FlowLink::Version(version)) => EffectResult::Flow(bots.flow(version)),
            Effect::LoadFlow(FlowLink::Bot(bot)) => {
                let is_there = !self.once_in(8);
                EffectResult::Flow(bots.flow(bot).filter(|_| is_there))
            }
            Effect::CallBlock(call) | Effect::TakeStreamed(call) => {
                EffectResult::Called(self.called(call))
            }
            Effect::PrepareInput(call) => {
                let prepared = self.called(call).map(|outcome| PreparedInput {
                    shown: self.value(2),
                    kept: self.value(2),
                    logs: outcome.logs,
                });
                EffectResult::Prepared(prepared)
            }
            Effect::AcceptInput(given) => EffectResult::Accepted(self.called(&given.call)),
            Effect::AddressListeners { blocks, .. } => {
                EffectResult::Addresses(blocks.iter().map(|_| self.text()).collect())
            }
        }
    }

    fn evaluated(&mut self, script: &Script) -> Result<Evaluation, ScriptError> {
        if self.once_in(6) {
            let message = format!("TypeError: {}", self.text());
            return Err(ScriptError { message });
        }
        let mut assignments = Vec::new();
        for _ in 0..self.below(3) {
            if let Some(name) = self.one_of(&script.settable).cloned() {
                assignments.push((name, self.value(2)));
            }
        }
        let value = (!self.once_in(6)).then(|| self.value(2));
        Ok(Evaluation { value, assignments })
    }

    fn called(&mut self, call: &BlockCall) -> Result<BlockOutcome, BlockFailure> {
        if self.once_in(6) {
            return Err(BlockFailure {
                code: "upstream".to_owned(),
                message: self.text(),
                details: self.once_in(2).then(|| self.text()),
            });
        }
        let mut outcome = BlockOutcome::default();
        for variable in &call.variables {
            if !self.once_in(4) {
                outcome
                    .assignments
                    .push((variable.id.clone(), self.value(2)));
            }
        }
        if self.once_in(5) {
            outcome.exit = Some(self.text());
        }
        if self.once_in(5) {
            let (kind, value) = (self.kind(), self.value(1));
            outcome
                .client_actions
                .push(json!({"type": kind, "httpRequestToExecute": value}));
        }
        if self.once_in(5) {
            let content = json!({"url": self.text(), "height": self.float()});
            outcome
                .messages
                .push(json!({"id": "x", "type": "image", "content": content}));
        }
        if self.once_in(3) {
            outcome.logs.push(LogLine {
                status: "info".to_owned(),
                description: self.text(),
                details: self.once_in(2).then(|| self.text()),
                context: None,
            });
        }
        Ok(outcome)
    }

    fn kind(&mut self) -> &'static str {
        if self.once_in(2) {
            "httpRequestToExecute"
        } else {
            "other"
        }
    }
}
