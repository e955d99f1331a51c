//! The table `sessions`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, ResultId, SessionId, VersionId, WorkspaceId};

/// A running conversation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The id, which is all that a visitor needs to go on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The bot.
    pub bot_id: BotId,
    /// The version it began with and ends with.
    pub version_id: VersionId,
    /// What it leaves behind; none in a preview.
    pub result_id: Option<ResultId>,
    /// The engine's state, as JSON text.
    pub state: String,
    /// How many turns it has taken.
    pub turn: i64,
    /// Nothing but the session is stored.
    pub is_preview: bool,
    /// When it began: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When the last turn was taken: milliseconds since 1970, UTC.
    pub updated_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
