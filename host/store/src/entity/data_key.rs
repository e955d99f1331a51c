//! The table `data_keys`.

use sea_orm::entity::prelude::*;

use crate::ids::{UserId, WorkspaceId};

/// A key that seals one owner's secrets, wrapped by a master key that no database has.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_keys")]
pub struct Model {
    /// The id, which sealed texts name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The workspace that owns it.
    pub workspace_id: Option<WorkspaceId>,
    /// The person who owns it.
    pub user_id: Option<UserId>,
    /// The key, wrapped.
    pub wrapped: String,
    /// The master key that wraps it.
    pub master_key_id: String,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// Since when nothing new is sealed with it: milliseconds since 1970, UTC.
    pub retired_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
