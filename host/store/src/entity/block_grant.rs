//! The table `block_grants`.

use sea_orm::entity::prelude::*;

use crate::ids::{BlockId, UserId};

/// What the operator allowed a block.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "block_grants")]
pub struct Model {
    /// The block.
    #[sea_orm(primary_key, auto_increment = false)]
    pub block_id: BlockId,
    /// The permission by its name: `scripts`, `network:api.example.com`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub permission: String,
    /// Who allowed it.
    pub granted_by: Option<UserId>,
    /// When: milliseconds since 1970, UTC.
    pub granted_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
