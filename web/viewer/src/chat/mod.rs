//! The conversation as the page holds it: a state machine without clock, network or page.
//!
//! Events go in, commands come out; the page performs the commands and reports back. What is to be
//! seen stands in [`Chat::timeline`] and [`Chat::phase`].

mod answer;
mod machine;
mod memory;
mod protocol;
pub mod settings;
mod timeline;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use machine::Chat;
pub use memory::{Memory, Moment};
pub use protocol::{Command, Event, Failure, Outcome, Phase};
pub use settings::Settings;
pub use timeline::{Content, Entry};
