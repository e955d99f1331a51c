//! The table `block_values`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// A value that a block keeps.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "block_values")]
pub struct Model {
    /// The owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// The component's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component: String,
    /// The result or preview that it belongs to; empty: the whole workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
    /// The block's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The value in base64.
    pub value: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// When it goes: milliseconds since 1970, UTC.
    pub expires_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
