//! The table `block_events`.

use sea_orm::entity::prelude::*;

use crate::ids::UserId;

/// Something that was done to a block.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "block_events")]
pub struct Model {
    /// Grows with time.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Which block: `publisher/name`.
    pub name: String,
    /// Its version; empty where all are meant.
    pub version: String,
    /// What: `installed`, `granted`, `active`, ….
    pub action: String,
    /// More, in words.
    pub details: Option<String>,
    /// Who; none: the operator, or the program itself.
    pub user_id: Option<UserId>,
    /// When: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
