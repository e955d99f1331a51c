//! The table `folders`.

use sea_orm::entity::prelude::*;

use crate::ids::{FolderId, WorkspaceId};

/// A folder of bots.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "folders")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FolderId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The folder it stands in; none: at the top.
    pub parent_id: Option<FolderId>,
    /// What people call it.
    pub name: String,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
