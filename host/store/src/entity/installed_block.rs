//! The table `installed_blocks`.

use sea_orm::entity::prelude::*;

use crate::ids::{BlockId, UserId};

/// A block that is installed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installed_blocks")]
pub struct Model {
    /// The component's digest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlockId,
    /// The type of blocks that it stands behind.
    pub block_type: String,
    /// Its version.
    pub version: String,
    /// What it says of itself, as JSON text.
    pub manifest: String,
    /// Whether new bots get this version.
    pub is_current: bool,
    /// Who installed it; none: it came with the server.
    pub installed_by: Option<UserId>,
    /// When: milliseconds since 1970, UTC.
    pub installed_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
