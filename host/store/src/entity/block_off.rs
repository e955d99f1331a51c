//! The table `blocks_off`.

use sea_orm::entity::prelude::*;

use crate::ids::{UserId, WorkspaceId};

/// A block that a workspace does not use.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blocks_off")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// Which block: `publisher/name`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Who switched it off.
    pub changed_by: Option<UserId>,
    /// When: milliseconds since 1970, UTC.
    pub changed_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
