//! The table `webhook_events`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// An event that came in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_events")]
pub struct Model {
    /// The address that it came to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub address_id: String,
    /// The event, as its sender names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event: String,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// When it came: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
