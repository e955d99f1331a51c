//! Running conversations.
//!
//! A turn's write names the turn that it read. Where another process took that turn first, nothing
//! is written and the id is missing from what comes back.

use std::collections::HashSet;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    Statement,
};

use crate::bulk::{Bulk, Cast, plain};
use crate::entity::session;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, Session, SessionId, VersionId, WorkspaceId};

/// Running conversations.
pub struct Sessions<'c>(pub(crate) Executor<'c>);

/// A conversation's next state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The conversation.
    pub id: SessionId,
    /// The turn that was read: the write is refused where the conversation has moved on.
    pub from_turn: i64,
    /// The engine's state, as JSON text.
    pub state: String,
}

const INSERT: Bulk = Bulk {
    head: "INSERT INTO sessions (id, workspace_id, bot_id, version_id, result_id, state, turn, \
           is_preview, created_at, updated_at)",
    columns: &plain::<10>(),
    tail: "",
};

const ADVANCE: Bulk = Bulk {
    head: "UPDATE sessions SET state = next.column3, turn = sessions.turn + 1, \
           updated_at = next.column4 FROM (",
    columns: &[
        Cast::Text,
        Cast::BigInt,
        Cast::Text,
        Cast::BigInt,
        Cast::Text,
    ],
    tail: ") AS next WHERE sessions.id = next.column1 AND sessions.turn = next.column2 \
           AND sessions.workspace_id = next.column5 RETURNING sessions.id AS id",
};

const END: Bulk = Bulk {
    head: "DELETE FROM sessions WHERE (id, turn, workspace_id) IN (",
    columns: &[Cast::Text, Cast::BigInt, Cast::Text],
    tail: ") RETURNING id",
};

const REMOVE_PREVIEWS: Bulk = Bulk {
    head: "DELETE FROM sessions WHERE is_preview AND (id, workspace_id) IN (",
    columns: &[Cast::Text, Cast::Text],
    tail: ")",
};

const KEEP_STREAMED: &str = "UPDATE sessions SET streamed = $1, streamed_turn = turn \
     WHERE id = $2 AND workspace_id = $3 AND turn = $4";

const STREAMED: &str = "SELECT streamed FROM sessions \
     WHERE id = $1 AND workspace_id = $2 AND streamed_turn = turn AND streamed IS NOT NULL";

impl Sessions<'_> {
    /// Adds conversations that began.
    pub async fn add(&self, sessions: &[&Session]) -> Result<()> {
        let rows = sessions.iter().map(|session| {
            vec![
                session.id.clone().into(),
                session.workspace_id.clone().into(),
                session.bot_id.clone().into(),
                session.version_id.clone().into(),
                session.result_id.clone().into(),
                session.state.clone().into(),
                session.turn.into(),
                session.is_preview.into(),
                session.created_at.into(),
                session.updated_at.into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .unless_taken("session", "adding sessions")
    }

    /// Writes the next states; gives the conversations of the workspaces that were still where the
    /// turn had read them.
    pub async fn advance(
        &self,
        turns: &[(&WorkspaceId, &Advance)],
        now_ms: i64,
    ) -> Result<HashSet<SessionId>> {
        let rows = turns.iter().map(|(workspace, turn)| {
            vec![
                turn.id.clone().into(),
                turn.from_turn.into(),
                turn.state.clone().into(),
                now_ms.into(),
                (*workspace).clone().into(),
            ]
        });
        let written = ADVANCE
            .query(&self.0, rows)
            .await
            .during("advancing sessions")?;
        ids(written).during("advancing sessions")
    }

    /// Deletes conversations that came to their end at the given turn; gives those that were there.
    pub async fn end(
        &self,
        turns: &[(&WorkspaceId, &SessionId, i64)],
    ) -> Result<HashSet<SessionId>> {
        let rows = turns.iter().map(|(workspace, id, turn)| {
            vec![
                (*id).clone().into(),
                (*turn).into(),
                (*workspace).clone().into(),
            ]
        });
        let deleted = END.query(&self.0, rows).await.during("ending sessions")?;
        ids(deleted).during("ending sessions")
    }

    /// Deletes previews of the workspaces, where there are such.
    pub async fn remove_previews(&self, previews: &[(&WorkspaceId, &SessionId)]) -> Result<()> {
        let rows = previews
            .iter()
            .map(|(workspace, id)| vec![(*id).clone().into(), (*workspace).clone().into()]);
        REMOVE_PREVIEWS
            .execute(&self.0, rows)
            .await
            .during("removing previews")
    }

    /// Lets a conversation go on with another version of its bot; says whether it was still at the
    /// turn that was read.
    pub async fn change_version(
        &self,
        workspace: &WorkspaceId,
        turn: &Advance,
        version: &VersionId,
        now_ms: i64,
    ) -> Result<bool> {
        let written = session::Entity::update_many()
            .col_expr(session::Column::VersionId, Expr::value(version.clone()))
            .col_expr(session::Column::State, Expr::value(turn.state.clone()))
            .col_expr(session::Column::Turn, Expr::value(turn.from_turn + 1))
            .col_expr(session::Column::UpdatedAt, Expr::value(now_ms))
            .filter(session::Column::WorkspaceId.eq(workspace.clone()))
            .filter(session::Column::Id.eq(turn.id.clone()))
            .filter(session::Column::Turn.eq(turn.from_turn))
            .exec(&self.0)
            .await
            .during("changing a session's version")?;
        Ok(written.rows_affected == 1)
    }

    /// The previews of a bot that went on last, the latest first.
    pub async fn previews(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        limit: u64,
    ) -> Result<Vec<Session>> {
        session::Entity::find()
            .filter(session::Column::WorkspaceId.eq(workspace.clone()))
            .filter(session::Column::BotId.eq(bot.clone()))
            .filter(session::Column::IsPreview.into_expr())
            .order_by_desc(session::Column::UpdatedAt)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading a bot's previews")
    }

    /// Keeps what a block did whose answer a page showed word by word, until the page's reply; says
    /// whether the conversation was still at the turn that left the call.
    pub async fn keep_streamed(
        &self,
        workspace: &WorkspaceId,
        id: &SessionId,
        turn: i64,
        outcome: &str,
    ) -> Result<bool> {
        let values = [
            outcome.into(),
            id.clone().into(),
            workspace.clone().into(),
            turn.into(),
        ];
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, KEEP_STREAMED, values);
        let kept = self.0.execute_raw(statement).await;
        let kept = kept.during("keeping what was streamed")?;
        Ok(kept.rows_affected() == 1)
    }

    /// What was kept in the conversation's last turn.
    pub async fn streamed(
        &self,
        workspace: &WorkspaceId,
        id: &SessionId,
    ) -> Result<Option<String>> {
        let values = [id.clone().into(), workspace.clone().into()];
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, STREAMED, values);
        let row = self.0.query_one_raw(statement).await;
        let row = row.during("reading what was streamed")?;
        let outcome = row.map(|row| row.try_get("", "streamed")).transpose();
        outcome.during("reading what was streamed")
    }

    /// Finds a conversation.
    pub async fn find(&self, workspace: &WorkspaceId, id: &SessionId) -> Result<Option<Session>> {
        session::Entity::find_by_id(id.clone())
            .filter(session::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a session")
    }
}

fn ids(rows: Vec<QueryResult>) -> Result<HashSet<SessionId>, sea_orm::DbErr> {
    rows.iter().map(|row| row.try_get("", "id")).collect()
}
