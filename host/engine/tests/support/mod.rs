//! What the tests put around the engine: effects answered in process, and a server's session.

pub mod script;

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use talkloom_engine::effect::{BlockCall, BlockFailure, BlockOutcome, FlowLink, PreparedInput};
use talkloom_engine::{
    Effect, EffectResult, FlowRef, Output, Refusal, Reply, Start, State, Step, Turn,
};
use talkloom_flow::Flow;
use talkloom_flow::catalog::Catalog;

/// What a fake component answers.
pub type Component = Box<dyn Fn(&BlockCall) -> Result<BlockOutcome, BlockFailure>>;

/// The world around a conversation: bots, components, a clock that stands, counted ids.
#[derive(Default)]
pub struct World {
    pub bots: BTreeMap<String, Arc<Flow>>,
    pub catalog: Arc<Catalog>,
    pub components: BTreeMap<String, Component>,
    pub now_ms: i64,
    pub random: f64,
    pub ids: u32,
    pub effects: Vec<Effect>,
}

impl World {
    pub fn flow_ref(&self, bot: &str) -> Option<FlowRef> {
        let flow = self.bots.get(bot)?;
        Some(FlowRef {
            version: bot.to_owned(),
            flow: Some(Arc::clone(flow)),
        })
    }

    pub fn perform(&mut self, effect: &Effect) -> EffectResult {
        self.effects.push(effect.clone());
        match effect {
            Effect::Now => EffectResult::Now(self.now_ms),
            Effect::NewId => {
                self.ids += 1;
                EffectResult::Id(format!("id{}", self.ids))
            }
            Effect::Random => EffectResult::Random(self.random),
            Effect::Evaluate(script) => {
                EffectResult::Evaluated(script::evaluate(script, self.now_ms))
            }
            Effect::LoadFlow(FlowLink::Bot(id) | FlowLink::Version(id)) => {
                EffectResult::Flow(self.flow_ref(id))
            }
            Effect::CallBlock(call) | Effect::TakeStreamed(call) => {
                EffectResult::Called(self.call(call))
            }
            Effect::PrepareInput(call) => {
                let prepared = self.call(call).map(|outcome| PreparedInput {
                    shown: outcome.messages[0].clone(),
                    kept: outcome.messages.get(1).cloned().unwrap_or_default(),
                    logs: outcome.logs,
                });
                EffectResult::Prepared(prepared)
            }
            Effect::AcceptInput(given) => {
                let mut call = given.call.clone();
                call.options = serde_json::json!({"reply": given.reply, "kept": given.kept});
                EffectResult::Accepted(self.call(&call))
            }
            Effect::AddressListeners { version, blocks } => {
                let address = |block| format!("https://bots.example/{version}/{block}");
                EffectResult::Addresses(blocks.iter().map(address).collect())
            }
        }
    }

    fn call(&self, call: &BlockCall) -> Result<BlockOutcome, BlockFailure> {
        match self.components.get(&call.block_type) {
            Some(component) => component(call),
            None => Err(BlockFailure {
                code: "not_installed".to_owned(),
                message: "It is not installed.".to_owned(),
                details: None,
            }),
        }
    }

    /// Runs a turn to its end.
    pub fn drive(&mut self, mut turn: Turn) -> Result<(Option<State>, Output, bool), Refusal> {
        let mut step = turn.step();
        loop {
            match step {
                Step::Perform(effect) => {
                    let result = self.perform(&effect);
                    step = turn.resume(result);
                }
                Step::Wait(output) => return Ok((turn.into_state(), output, false)),
                Step::End(output) => return Ok((turn.into_state(), output, true)),
                Step::Refuse(refusal) => return Err(refusal),
            }
        }
    }
}

/// A visitor's session as the chat API keeps it: gone once a reply brought the bot to its end.
pub struct Session {
    pub bot: String,
    pub state: Option<String>,
}

impl Session {
    pub fn start(world: &mut World, bot: &str, start: Start) -> (Self, Result<Output, Refusal>) {
        let flow = world.flow_ref(bot).expect("the bot exists");
        let turn = Turn::start(flow, Arc::clone(&world.catalog), start);
        let mut session = Self {
            bot: bot.to_owned(),
            state: None,
        };
        let end = world.drive(turn).map(|(state, output, _)| {
            session.keep(state);
            output
        });
        (session, end)
    }

    fn keep(&mut self, state: Option<State>) {
        self.state = state.map(|state| serde_json::to_string(&state).expect("states are JSON"));
    }

    pub fn reply(&mut self, world: &mut World, reply: Reply) -> Result<Output, Refusal> {
        let Some(json) = &self.state else {
            let message = "Session not found.".to_owned();
            return Err(Refusal {
                status: 404,
                code: "NOT_FOUND",
                message,
            });
        };
        let state: State = serde_json::from_str(json).expect("states are read back");
        let flow = world.flow_ref(&self.bot).expect("the bot exists");
        let turn = Turn::reply(state, flow, Arc::clone(&world.catalog), reply);
        let (state, output, is_over) = world.drive(turn)?;
        self.keep(state.filter(|_| !is_over));
        Ok(output)
    }
}

/// Reads a start as the chat API takes it.
pub fn start_of(json: &Value, bot: &str) -> Start {
    let mut start: Start = serde_json::from_value(json.clone()).expect("a start is understood");
    start.text_format = format_of(json);
    start.bot = bot.to_owned();
    start.result = Some("result".to_owned());
    start
}

/// Reads a reply as the chat API takes it.
pub fn reply_of(json: &Value) -> Reply {
    let mut reply: Reply = serde_json::from_value(json.clone()).expect("a reply is understood");
    reply.text_format = Some(format_of(json));
    reply
}

fn format_of(json: &Value) -> talkloom_engine::message::TextFormat {
    serde_json::from_value(json["textBubbleContentFormat"].clone()).unwrap_or_default()
}
