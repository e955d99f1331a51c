//! The table `results`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, ResultId, SessionId, WorkspaceId};

/// What a conversation leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "results")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResultId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The bot.
    pub bot_id: BotId,
    /// The last conversation that wrote to it.
    pub session_id: Option<SessionId>,
    /// `[{id, name, value}]`, as JSON text.
    pub variables: String,
    /// At least one answer was given.
    pub has_started: bool,
    /// The conversation reached its end once.
    pub is_completed: bool,
    /// Hidden from lists.
    pub is_archived: bool,
    /// When it began: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it last changed: milliseconds since 1970, UTC.
    pub updated_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
