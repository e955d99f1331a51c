//! The table `custom_domains`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// A domain that a workspace shows its bots under.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_domains")]
pub struct Model {
    /// The name, in lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// When it was added: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was last seen to lead here: milliseconds since 1970, UTC.
    pub verified_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
