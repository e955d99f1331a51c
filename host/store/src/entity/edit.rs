//! The table `edits`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, UserId, WorkspaceId};

/// A change of a bot's draft.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edits")]
pub struct Model {
    /// The bot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bot_id: BotId,
    /// The draft's revision after it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// Who made it; none: a program.
    pub author_id: Option<UserId>,
    /// The edit, as JSON text.
    pub edit: String,
    /// What takes it back, as JSON text.
    pub inverse: String,
    /// When: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
