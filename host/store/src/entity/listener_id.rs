//! The table `listener_ids`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// A signed request that came for a listener.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listener_ids")]
pub struct Model {
    /// The result it was for; in a preview the session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub room: String,
    /// The listener it was for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub block_id: String,
    /// Its id, as the sender names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sent_id: String,
    /// The owner of the bot.
    pub workspace_id: WorkspaceId,
    /// When it came: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
