//! The table `members`.

use sea_orm::entity::prelude::*;

use crate::ids::{UserId, WorkspaceId};
use crate::roles::Role;

/// A person in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    /// The workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// When they joined: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
