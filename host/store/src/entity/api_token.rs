//! The table `api_tokens`.

use sea_orm::entity::prelude::*;

use crate::ids::{TokenId, UserId, WorkspaceId};

/// A token that a program calls the API with.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenId,
    /// Whose bots it reaches.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the token, in hexadecimal digits; the token itself is kept nowhere.
    pub digest: String,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was last used, to a minute or so: milliseconds since 1970, UTC.
    pub last_used_at: Option<i64>,
    /// Whose it is; none: the workspace's own.
    pub user_id: Option<UserId>,
    /// What it may do: a list, as JSON text; none: everything that its owner may.
    pub scopes: Option<String>,
    /// When it ends: milliseconds since 1970, UTC; none: never.
    pub expires_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
