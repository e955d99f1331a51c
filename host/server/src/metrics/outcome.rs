//! The values that labels may take.

/// What kind of turn it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A conversation began.
    Start,
    /// A visitor replied.
    Reply,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnOutcome {
    /// It was answered.
    Answered,
    /// The request did not fit: no such conversation, a site that may not embed the bot.
    Refused,
    /// It took too long and changed nothing.
    Timeout,
    /// The server failed.
    Failed,
}

/// How a block's call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The block did its work.
    Done,
    /// It failed, or was ended.
    Failed,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// A worker began with it.
    Started,
    /// It is done.
    Done,
    /// It failed and is tried again.
    Retried,
    /// It failed for good.
    Failed,
    /// It was called off.
    Cancelled,
}

/// An error that says how the turn ended that it ended.
pub trait Judged {
    /// How the turn ended.
    fn outcome(&self) -> TurnOutcome;
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Start, Self::Reply];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Reply => "reply",
        }
    }
}

impl TurnOutcome {
    /// How a turn ended.
    pub fn of<T>(turn: &Result<T, impl Judged>) -> Self {
        match turn {
            Ok(_) => Self::Answered,
            Err(error) => error.outcome(),
        }
    }

    pub(super) const ALL: [Self; 4] = [Self::Answered, Self::Refused, Self::Timeout, Self::Failed];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Failed => "failed",
        }
    }
}

impl CallOutcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl JobState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
