//! What a visitor reaches, who belongs to no workspace: a published bot by its public id, and a
//! running conversation and a public file by ids that nobody guesses. What comes back names the
//! workspace, and every further step goes through it.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};

use crate::entity::{file, idempotency_key, session};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{
    BotId, IdempotencyKey, ResultId, Session, SessionId, StoredFile, VersionId, WorkspaceId,
};

/// What a visitor reaches.
pub struct Visitors<'c>(pub(crate) Executor<'c>);

/// The version that visitors of a bot talk to now.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Published {
    /// The bot.
    pub bot_id: BotId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// The version.
    pub version_id: VersionId,
    /// Visitors are told that it is closed.
    pub is_closed: bool,
}

const PUBLISHED: &str = "SELECT id AS bot_id, workspace_id, published_version_id AS version_id, \
     is_closed FROM bots \
     WHERE public_id = $1 AND published_version_id IS NOT NULL AND NOT is_archived";

impl Visitors<'_> {
    /// Finds the current version of a published bot; one that is archived is not found.
    pub async fn published(&self, public_id: &str) -> Result<Option<Published>> {
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, PUBLISHED, [public_id.into()]);
        Published::find_by_statement(statement)
            .one(&self.0)
            .await
            .during("looking a published bot up")
    }

    /// Finds the reply of a conversation, which may have ended, by its key.
    pub async fn keyed_reply(&self, id: &SessionId, key: &str) -> Result<Option<IdempotencyKey>> {
        idempotency_key::Entity::find_by_id((id.0.clone(), key.to_owned()))
            .filter(idempotency_key::Column::SessionId.eq(id.clone()))
            .one(&self.0)
            .await
            .during("looking an idempotency key up")
    }

    /// Finds the conversation that goes on with a result; for the address that a visitor's page
    /// listens at.
    pub async fn session_of_result(&self, result: &ResultId) -> Result<Option<Session>> {
        let of_result = Query::select()
            .column("session_id")
            .from("results")
            .and_where(Expr::col("id").eq(result.as_str()))
            .to_owned();
        session::Entity::find()
            .filter(session::Column::Id.in_subquery(of_result))
            .one(&self.0)
            .await
            .during("reading a result's session")
    }

    /// Finds a file that anyone may read, also one that is only announced.
    pub async fn file(&self, folder: &str, name: &str) -> Result<Option<StoredFile>> {
        file::Entity::find_by_id((folder.to_owned(), name.to_owned()))
            .filter(file::Column::IsPrivate.eq(false))
            .one(&self.0)
            .await
            .during("reading a file's entry")
    }

    /// Finds a running conversation.
    pub async fn session(&self, id: &SessionId) -> Result<Option<Session>> {
        session::Entity::find_by_id(id.clone())
            .one(&self.0)
            .await
            .during("reading a session")
    }
}
