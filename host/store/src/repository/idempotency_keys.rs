//! Requests that are told apart by a key when they are sent again.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::bulk::{Bulk, Cast, plain};
use crate::entity::idempotency_key;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, IdempotencyKey, SessionId, WorkspaceId};

/// Requests that are told apart by a key when they are sent again.
pub struct IdempotencyKeys<'c>(pub(crate) Executor<'c>);

const INSERT: Bulk = Bulk {
    head: "INSERT INTO idempotency_keys (scope, key, workspace_id, session_id, turn, created_at)",
    columns: &plain::<6>(),
    tail: "",
};

const REMOVE: Bulk = Bulk {
    head: "DELETE FROM idempotency_keys WHERE (session_id, scope, workspace_id) IN (",
    columns: &[Cast::Text; 3],
    tail: ")",
};

impl IdempotencyKeys<'_> {
    /// Adds keys; one that is taken within its scope is a conflict.
    pub async fn add(&self, keys: &[&IdempotencyKey]) -> Result<()> {
        let rows = keys.iter().map(|key| {
            vec![
                key.scope.clone().into(),
                key.key.clone().into(),
                key.workspace_id.clone().into(),
                key.session_id.clone().into(),
                key.turn.into(),
                key.created_at.into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .unless_taken("idempotency key", "adding idempotency keys")
    }

    /// Deletes the keys of the replies of conversations whose turns were removed.
    pub async fn remove(&self, sessions: &[(&WorkspaceId, &SessionId)]) -> Result<()> {
        let rows = sessions.iter().map(|(workspace, id)| {
            let (id, workspace) = ((*id).clone(), (*workspace).clone());
            vec![id.clone().into(), id.into(), workspace.into()]
        });
        REMOVE
            .execute(&self.0, rows)
            .await
            .during("removing idempotency keys")
    }

    /// Finds the start of a bot's conversation by its key.
    pub async fn of_start(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        key: &str,
    ) -> Result<Option<IdempotencyKey>> {
        let found = idempotency_key::Entity::find_by_id((bot.0.clone(), key.to_owned()));
        found
            .filter(idempotency_key::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("looking an idempotency key up")
    }
}

impl IdempotencyKey {
    /// The key of a start: unique among the bot's conversations.
    pub fn of_start(
        key: String,
        workspace_id: WorkspaceId,
        bot: &BotId,
        session_id: SessionId,
        now_ms: i64,
    ) -> Self {
        Self {
            scope: bot.0.clone(),
            key,
            workspace_id,
            session_id,
            turn: 1,
            created_at: now_ms,
        }
    }

    /// The key of a reply: unique in its conversation.
    pub fn of_reply(
        key: String,
        workspace_id: WorkspaceId,
        session_id: SessionId,
        turn: i64,
        now_ms: i64,
    ) -> Self {
        Self {
            scope: session_id.0.clone(),
            key,
            workspace_id,
            session_id,
            turn,
            created_at: now_ms,
        }
    }
}
