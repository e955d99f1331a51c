//! One turn: performs what the engine asks for until it has an answer.

use std::sync::Arc;
use std::time::Duration;

use talkloom_engine::journal::Recorder;
use talkloom_engine::{Output, Refusal, State, Step, Turn};
use talkloom_store::{BotId, ResultId, SessionId, StoreError, WorkspaceId};

use super::effects::perform;
use super::journal::RecordingError;
use crate::App;
use crate::abilities::Letters;
use crate::blocks::Pins;
use crate::metrics::{Judged, TurnOutcome};
use crate::versions::LoadError;

/// Why a turn was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// There is no such conversation, or it has ended.
    #[error("no such conversation")]
    NoSession,
    /// A preview asked for an id that another conversation has.
    #[error("the session id is taken")]
    IdTaken,
    /// The version that the conversation began with is gone.
    #[error("the conversation's version is gone")]
    NoVersion,
    /// The request does not fit the conversation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The server stops, and the turn did not end in time: it changed nothing.
    #[error("the server stopped before the turn ended")]
    Stopped,
    /// The turn took too long and changed nothing.
    #[error("the turn took longer than {0:?}")]
    Timeout(Duration),
    /// Other processes took the conversation's turns again and again.
    #[error("the conversation is busy")]
    Busy,
    /// The database failed.
    #[error("the turn could not be stored")]
    Store(#[from] StoreError),
    /// The bot could not be loaded.
    #[error("the bot could not be loaded")]
    Load(#[from] LoadError),
    /// The state could not be written or read.
    #[error("the conversation's state is broken")]
    State(#[from] serde_json::Error),
    /// The key was used for another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// A turn that was taken before could not be rebuilt.
    #[error("the earlier turn could not be rebuilt")]
    Recording(#[from] RecordingError),
    /// The addresses of listeners could not be made.
    #[error("the listeners' addresses could not be signed")]
    Addresses(#[source] std::io::Error),
    /// The turn's task broke.
    #[error("the turn broke")]
    Broken(#[from] tokio::task::JoinError),
}

impl Judged for TurnError {
    fn outcome(&self) -> TurnOutcome {
        match self {
            Self::NoSession
            | Self::IdTaken
            | Self::NoVersion
            | Self::Refused(_)
            | Self::KeyReused => TurnOutcome::Refused,
            Self::Timeout(_) => TurnOutcome::Timeout,
            _ => TurnOutcome::Failed,
        }
    }
}

/// Whose turn it is.
pub(super) struct Scope {
    pub(super) workspace_id: WorkspaceId,
    pub(super) bot_id: BotId,
    pub(super) session_id: SessionId,
    pub(super) result_id: Option<ResultId>,
    /// The versions of blocks that the conversation's bot was published with.
    pub(super) pins: Arc<Pins>,
    /// The mails that blocks send in it.
    pub(super) letters: Arc<Letters>,
}

impl Scope {
    /// Whether the conversation leaves nothing behind.
    pub(super) fn is_preview(&self) -> bool {
        self.result_id.is_none()
    }
}

/// A turn that was taken and is to be stored.
pub(super) struct Taken {
    pub(super) state: State,
    pub(super) output: Output,
    pub(super) is_over: bool,
    pub(super) journal: Vec<u8>,
}

/// Takes a turn within the configured time.
pub(super) async fn take(
    app: &App,
    scope: &Scope,
    turn: Turn,
    recorder: Recorder,
) -> Result<Taken, TurnError> {
    let limit = Duration::from_secs(app.config.chat.turn_timeout_s);
    let taken = tokio::time::timeout(limit, run(app, scope, turn, recorder));
    match app.stopping.cut(taken).await {
        Some(Ok(taken)) => taken,
        Some(Err(_)) => Err(TurnError::Timeout(limit)),
        None => Err(TurnError::Stopped),
    }
}

async fn run(
    app: &App,
    scope: &Scope,
    mut turn: Turn,
    mut recorder: Recorder,
) -> Result<Taken, TurnError> {
    let mut step = turn.step();
    let (output, is_over) = loop {
        match step {
            Step::Perform(effect) => {
                let result = perform(app, scope, effect).await?;
                step = turn.resume(recorder.effect(result)?);
            }
            Step::Wait(output) => break (output, false),
            Step::End(output) => break (output, true),
            Step::Refuse(refusal) => return Err(refusal.into()),
        }
    };
    let missing = || Refusal::internal("The turn ended without a state.");
    let state = turn.into_state().ok_or_else(missing)?;
    Ok(Taken {
        state,
        output,
        is_over,
        journal: recorder.finish(),
    })
}
