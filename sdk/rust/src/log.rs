//! Lines of the conversation's log, for the bot's builder.

use crate::bindings::talkloom::block::log;
use crate::bindings::talkloom::block::types::{Entry, Level as WitLevel};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For whoever writes the block.
    Debug,
    /// Something happened.
    Info,
    /// It worked.
    Success,
    /// It worked, but not as it should.
    Warning,
    /// It failed.
    Error,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// One sentence.
    pub message: String,
    /// More, for whoever looks closer.
    pub detail: Option<String>,
}

/// Writes a line.
pub fn write(line: Line) {
    let level = match line.level {
        Level::Debug => WitLevel::Debug,
        Level::Info => WitLevel::Info,
        Level::Success => WitLevel::Success,
        Level::Warning => WitLevel::Warning,
        Level::Error => WitLevel::Error,
    };
    log::write(&Entry {
        level,
        message: line.message,
        detail: line.detail,
    });
}

/// Writes a line without details.
pub fn say(level: Level, message: &str) {
    write(Line {
        level,
        message: message.to_owned(),
        detail: None,
    });
}
