//! A running conversation goes on with another version of its bot.

use std::sync::Arc;

use talkloom_engine::journal::Recorder;
use talkloom_engine::{Refusal, State, Step, Turn};
use talkloom_store::{
    Advance, JournalEntry, Repositories, ResultId, SessionId, StoreError, WorkspaceId,
};

use super::TurnError;
use super::lease::Lease;
use super::reply::load;
use super::slots::Waiting;
use crate::App;
use crate::versions::LoadedVersion;

/// Why a conversation stays with its version.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There is no newer version: the bot is not published, or gone.
    #[error("the bot is not published")]
    NotPublished,
    /// The conversation could not be read or written.
    #[error(transparent)]
    Turn(#[from] TurnError),
}

impl From<StoreError> for UpdateError {
    fn from(error: StoreError) -> Self {
        Self::Turn(error.into())
    }
}

/// Lets a conversation of the workspace go on with the newest version of its bot: the published
/// one, or in a preview the draft.
pub async fn update(app: &App, workspace: &WorkspaceId, id: SessionId) -> Result<(), UpdateError> {
    let slot = app.conversations.slot(&id);
    // A turn under way ends first, on the version it began with.
    let mut slot = slot.lock().await;
    let _lease = Lease::take(app, &id, None).await?;
    *slot = None;
    let waiting = load(app, &id).await?;
    if waiting.version.workspace_id != *workspace {
        return Err(TurnError::NoSession.into());
    }
    let newest = newest(app, &waiting.version).await?;
    if newest.id == waiting.version.id {
        return Ok(());
    }
    let from_turn = waiting.turn;
    let (state, entry) = moved(app, waiting, &newest).await?;
    let turn = Advance {
        id,
        from_turn,
        state: serde_json::to_string(&state).map_err(TurnError::from)?,
    };
    let result = state.root_result().map(|id| ResultId(id.to_owned()));
    write(app, turn, &newest, result, entry).await
}

async fn newest(app: &App, version: &LoadedVersion) -> Result<Arc<LoadedVersion>, UpdateError> {
    let bots = app.store.reader().bots();
    let bot = bots.find(&version.workspace_id, &version.bot_id).await?;
    let bot = bot.filter(|bot| !bot.is_archived);
    let bot = bot.ok_or(UpdateError::NotPublished)?;
    if version.is_preview {
        let draft = app.versions.draft(&bot, app.clock.now_ms()).await;
        return Ok(draft.map_err(TurnError::from)?);
    }
    let published = bot.published_version_id.ok_or(UpdateError::NotPublished)?;
    let found = app.versions.find(&bot.workspace_id, &published).await;
    let found = found.map_err(TurnError::from)?;
    found.ok_or(UpdateError::NotPublished)
}

/// The state on the newest version, and the entry for the journal.
async fn moved(
    app: &App,
    waiting: Waiting,
    newest: &LoadedVersion,
) -> Result<(State, Vec<u8>), TurnError> {
    let installed = app.catalogs.of(app, &newest.pins).await?;
    let recorder = Recorder::of_update(newest.id.as_str(), &installed.name)?;
    let mut turn = Turn::update(waiting.state, newest.flow_ref());
    if let Step::Refuse(refusal) = turn.step() {
        return Err(refusal.into());
    }
    let missing = || Refusal::internal("The turn ended without a state.");
    Ok((turn.into_state().ok_or_else(missing)?, recorder.finish()))
}

async fn write(
    app: &App,
    turn: Advance,
    newest: &LoadedVersion,
    result_id: Option<ResultId>,
    entry: Vec<u8>,
) -> Result<(), UpdateError> {
    let now_ms = app.clock.now_ms();
    let workspace = &newest.workspace_id;
    // A turn of its own, so that other processes drop what they remember and a replay knows.
    let journal = JournalEntry {
        session_id: turn.id.clone(),
        turn: turn.from_turn + 1,
        workspace_id: workspace.clone(),
        result_id,
        entry,
        created_at: now_ms,
    };
    let tx = app.store.begin().await?;
    let sessions = tx.sessions();
    if !sessions
        .change_version(workspace, &turn, &newest.id, now_ms)
        .await?
    {
        return Err(TurnError::Busy.into());
    }
    tx.journal().append(&[&journal]).await?;
    tx.commit().await?;
    tracing::info!(session = %turn.id, version = %newest.id, "conversation took the newest version");
    Ok(())
}
