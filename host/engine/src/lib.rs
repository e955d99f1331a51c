//! The conversation: a state machine that returns what it needs.
//!
//! It does no I/O, reads no clock and draws no random number: whatever varies comes in as the
//! answer to an [`Effect`]. The same inputs give the same outputs, which is what replay, saved
//! conversation tests and the debugger stand on.
//!
//! A caller drives one turn (a start or a reply):
//!
//! ```text
//! let mut turn = Turn::start(flow, catalog, start);     // or Turn::reply(state, flow, catalog, reply)
//! let mut step = turn.step();
//! loop {
//!     match step {
//!         Step::Perform(effect) => step = turn.resume(perform(effect).await),
//!         Step::Wait(output) | Step::End(output) => break store(turn.into_state(), output),
//!         Step::Refuse(refusal) => break refuse(refusal),
//!     }
//! }
//! ```

pub mod choices;
pub mod condition;
pub mod datetime;
pub mod effect;
pub mod inputs;
pub mod journal;
mod mailbox;
pub mod media;
pub mod message;
pub mod natural_date;
pub mod number;
pub mod output;
pub mod pattern;
mod present;
pub mod replay;
pub mod rich_text;
pub mod state;
mod talk;
pub mod template;
mod turn;
pub mod value;

pub use effect::{Effect, EffectResult, FlowRef};
pub use message::{Message, Reply, Start};
pub use output::Output;
pub use state::State;
pub use turn::{Refusal, Step, Turn};
