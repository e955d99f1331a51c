//! Messages from outside that wait for conversations: kept until a conversation took them.
//!
//! A page gets the oldest message that fits the block its conversation waits at, and gets it again
//! when it comes back before it replied. The reply's own transaction deletes it.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, Statement,
};

use crate::entity::{listener_id, listener_message};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{ListenerMessage, WorkspaceId};

/// Messages that wait for conversations.
pub struct ListenerMessages<'c>(pub(crate) Executor<'c>);

/// A message that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The result it is for; in a preview the session.
    pub room: String,
    /// The listener it is for; none: whichever comes first.
    pub block_id: Option<String>,
    /// What the page gets, as JSON text.
    pub body: String,
}

/// How much waits in one room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult)]
pub struct Waiting {
    /// Messages.
    pub messages: i64,
    /// Their bodies in characters.
    pub characters: i64,
}

const WAITING: &str = "SELECT COUNT(*) AS messages, \
     CAST(COALESCE(SUM(LENGTH(body)), 0) AS BIGINT) AS characters \
     FROM listener_messages WHERE room = $1 AND workspace_id = $2";

impl ListenerMessages<'_> {
    /// Keeps a message.
    pub async fn add(&self, workspace: &WorkspaceId, new: NewMessage, now_ms: i64) -> Result<()> {
        let row = listener_message::ActiveModel {
            workspace_id: Set(workspace.clone()),
            room: Set(new.room),
            block_id: Set(new.block_id),
            body: Set(new.body),
            delivered_turn: Set(None),
            created_at: Set(now_ms),
            ..Default::default()
        };
        listener_message::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .during("keeping a message")?;
        Ok(())
    }

    /// Notes the id of a request for a listener; one that came before is a conflict.
    pub async fn note_id(
        &self,
        workspace: &WorkspaceId,
        (room, block): (&str, &str),
        sent_id: &str,
        now_ms: i64,
    ) -> Result<()> {
        let row = listener_id::ActiveModel {
            room: Set(room.to_owned()),
            block_id: Set(block.to_owned()),
            sent_id: Set(sent_id.to_owned()),
            workspace_id: Set(workspace.clone()),
            created_at: Set(now_ms),
        };
        listener_id::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("listener's request", "noting a request's id")?;
        Ok(())
    }

    /// Forgets an id that came before a time (milliseconds since 1970, UTC).
    pub async fn forget_id_before(
        &self,
        workspace: &WorkspaceId,
        (room, block): (&str, &str),
        sent_id: &str,
        time_ms: i64,
    ) -> Result<()> {
        listener_id::Entity::delete_many()
            .filter(listener_id::Column::Room.eq(room))
            .filter(listener_id::Column::BlockId.eq(block))
            .filter(listener_id::Column::SentId.eq(sent_id))
            .filter(listener_id::Column::CreatedAt.lt(time_ms))
            .filter(listener_id::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("forgetting a request's id")?;
        Ok(())
    }

    /// How much waits in a room.
    pub async fn waiting(&self, workspace: &WorkspaceId, room: &str) -> Result<Waiting> {
        let backend = self.0.get_database_backend();
        let values = [room.into(), workspace.clone().into()];
        let statement = Statement::from_sql_and_values(backend, WAITING, values);
        let waiting = Waiting::find_by_statement(statement).one(&self.0).await;
        Ok(waiting.during("counting messages")?.unwrap_or_default())
    }

    /// The oldest message for a block.
    pub async fn next(
        &self,
        workspace: &WorkspaceId,
        room: &str,
        block: &str,
    ) -> Result<Option<ListenerMessage>> {
        let fits = Condition::any()
            .add(listener_message::Column::BlockId.is_null())
            .add(listener_message::Column::BlockId.eq(block));
        listener_message::Entity::find()
            .filter(listener_message::Column::Room.eq(room))
            .filter(listener_message::Column::WorkspaceId.eq(workspace.clone()))
            .filter(fits)
            .order_by_asc(listener_message::Column::Id)
            .one(&self.0)
            .await
            .during("reading a message")
    }

    /// Notes that a page of the conversation gets a message while this turn is the last one.
    pub async fn delivered(&self, workspace: &WorkspaceId, id: i64, turn: i64) -> Result<()> {
        listener_message::Entity::update_many()
            .col_expr(
                listener_message::Column::DeliveredTurn,
                Expr::value(Some(turn)),
            )
            .filter(listener_message::Column::Id.eq(id))
            .filter(listener_message::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("noting a message's delivery")?;
        Ok(())
    }

    /// Deletes what pages got while this turn was the last one: the conversation went on with it.
    pub async fn take(&self, workspace: &WorkspaceId, room: &str, turn: i64) -> Result<()> {
        listener_message::Entity::delete_many()
            .filter(listener_message::Column::Room.eq(room))
            .filter(listener_message::Column::WorkspaceId.eq(workspace.clone()))
            .filter(listener_message::Column::DeliveredTurn.eq(turn))
            .exec(&self.0)
            .await
            .during("taking a message")?;
        Ok(())
    }

    /// Deletes the workspace's messages that came before a time (milliseconds since 1970, UTC).
    pub async fn forget_before(&self, workspace: &WorkspaceId, time_ms: i64) -> Result<()> {
        listener_message::Entity::delete_many()
            .filter(Expr::col(listener_message::Column::CreatedAt).lt(time_ms))
            .filter(listener_message::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("deleting old messages")?;
        Ok(())
    }
}
