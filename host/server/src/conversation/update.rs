//! A running conversation goes on with another version of its bot.

use std::sync::Arc;

use serde_json::json;
use talkloom_engine::State;
use talkloom_store::{
    Advance, JournalEntry, Repositories, ResultId, SessionId, StoreError, WorkspaceId,
};

use super::TurnError;
use super::reply::load;
use super::slots::Waiting;
use crate::App;
use crate::versions::LoadedVersion;

/// Why a conversation stays with its version.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The newest version does not have the block that the conversation waits at.
    #[error("the block that the conversation waits at is gone")]
    BlockGone,
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
    *slot = None;
    let waiting = load(app, &id).await?;
    if waiting.version.workspace_id != *workspace {
        return Err(TurnError::NoSession.into());
    }
    let newest = newest(app, &waiting.version).await?;
    if newest.id == waiting.version.id {
        return Ok(());
    }
    let state = moved(&waiting, &newest).ok_or(UpdateError::BlockGone)?;
    write(app, workspace, id, waiting.turn, &state, &newest).await
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

/// The state on the newest version; none where the block that waits does not exist there.
fn moved(waiting: &Waiting, newest: &LoadedVersion) -> Option<State> {
    let mut state = waiting.state.clone();
    let old = waiting.version.id.as_str();
    let runs = state
        .frames
        .first()
        .is_some_and(|frame| frame.version == old);
    if let Some(block) = state.current_block.as_deref().filter(|_| runs) {
        newest.flow.block(block)?;
    }
    // A bot may run several times at once, where it links to itself.
    for frame in &mut state.frames {
        if frame.version == old {
            newest.id.as_str().clone_into(&mut frame.version);
        }
    }
    Some(state)
}

async fn write(
    app: &App,
    workspace: &WorkspaceId,
    id: SessionId,
    from_turn: i64,
    state: &State,
    newest: &LoadedVersion,
) -> Result<(), UpdateError> {
    let now_ms = app.clock.now_ms();
    // A turn of its own, so that other processes drop what they remember and a replay knows.
    let entry = json!({"update": {"version": newest.id.as_str()}, "effects": []});
    let journal = JournalEntry {
        session_id: id.clone(),
        turn: from_turn + 1,
        workspace_id: workspace.clone(),
        result_id: state.root_result().map(|id| ResultId(id.to_owned())),
        entry: entry.to_string().into_bytes(),
        created_at: now_ms,
    };
    let turn = Advance {
        id,
        from_turn,
        state: serde_json::to_string(state).map_err(TurnError::from)?,
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
