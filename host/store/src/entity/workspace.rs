//! The table `workspaces`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspaces")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// What stands for it in lists: an emoji or an address.
    pub icon: Option<String>,
    /// The most members; none: without limit.
    pub max_members: Option<i64>,
    /// The most bots; none: without limit.
    pub max_bots: Option<i64>,
    /// The most conversations that begin in a month; none: without limit.
    pub max_chats_per_month: Option<i64>,
    /// The most megabytes of files; none: without limit.
    pub max_storage_mb: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
