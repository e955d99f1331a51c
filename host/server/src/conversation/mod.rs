//! Conversations: starts and replies, one turn after the other, each stored before it is answered.
//!
//! This is where the engine meets the world: the loop performs what a turn asks for and writes what
//! it leaves behind. What a bot says and where it goes is the engine's business alone.

mod calls;
mod catalogs;
mod doubts;
mod effects;
mod journal;
mod lease;
mod listened;
mod look;
mod peek;
mod records;
mod repeat;
mod reply;
mod settle;
mod slots;
mod start;
mod stream;
mod turn;
mod update;

pub use catalogs::Catalogs;
pub use doubts::Doubts;
pub use journal::{RecordedTurn, Recording, RecordingError};
pub use look::{Looks, looks};
pub use peek::{Glance, look_into, peek};
pub use reply::{Replied, reply, reply_once};
pub use slots::Conversations;
pub use start::{Began, StartRequest, start};
pub use stream::{Admission, AwaitedStream, Place, Streams};
pub use turn::TurnError;
pub use update::{UpdateError, update};
