//! The table `collaborators`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, UserId, WorkspaceId};
use crate::roles::Access;

/// A person who works on one bot.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "collaborators")]
pub struct Model {
    /// The bot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bot_id: BotId,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The bot's owner.
    pub workspace_id: WorkspaceId,
    /// What they may do.
    pub access: Access,
    /// When they joined: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
