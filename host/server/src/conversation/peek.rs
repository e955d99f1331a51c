//! A look at a conversation between two turns, without taking one.

use std::sync::Arc;

use talkloom_engine::State;
use talkloom_flow::Block;
use talkloom_store::{Repositories, Session, SessionId, VersionId};

use super::TurnError;
use crate::App;
use crate::versions::LoadedVersion;

/// A conversation as its last turn left it.
pub struct Glance {
    /// The stored conversation.
    pub session: Session,
    /// The engine's state.
    pub state: State,
    /// The version it began with.
    pub root: Arc<LoadedVersion>,
    /// The version that runs now: of a linked bot perhaps.
    pub running: Arc<LoadedVersion>,
}

/// Looks at a conversation. What is read was committed: a turn under way does not show.
pub async fn peek(app: &App, id: &SessionId) -> Result<Glance, TurnError> {
    let session = app.store.reader().visitors().session(id).await?;
    look_into(app, session.ok_or(TurnError::NoSession)?).await
}

/// Looks into a stored conversation.
pub async fn look_into(app: &App, session: Session) -> Result<Glance, TurnError> {
    let state: State = serde_json::from_str(&session.state)?;
    let find = async |id: &VersionId| {
        let version = app.versions.find(&session.workspace_id, id).await?;
        version.ok_or(TurnError::NoVersion)
    };
    let root = find(&session.version_id).await?;
    let running = match state.versions().next() {
        Some(running) if running != root.id.as_str() => find(&VersionId(running.into())).await?,
        _ => Arc::clone(&root),
    };
    Ok(Glance {
        session,
        state,
        root,
        running,
    })
}

impl Glance {
    /// The block that waits for a reply.
    pub fn block(&self) -> Option<&Block> {
        let current = self.state.current_block.as_deref()?;
        self.running.flow.block(current)
    }
}
