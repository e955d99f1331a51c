//! The table `credentials`.

use sea_orm::entity::prelude::*;

use crate::ids::{CredentialId, UserId, WorkspaceId};

/// An account elsewhere; its secrets stand in a table of their own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    /// The id, which blocks name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CredentialId,
    /// The workspace that owns it.
    pub workspace_id: Option<WorkspaceId>,
    /// The person who owns it.
    pub user_id: Option<UserId>,
    /// The credential type, as a block's manifest names it.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Whose account it is, for people.
    pub account: Option<String>,
    /// The fields that are no secrets: a JSON object of texts.
    pub fields: String,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was last changed: milliseconds since 1970, UTC.
    pub updated_at: i64,
    /// When it was last used, to an hour or so: milliseconds since 1970, UTC.
    pub last_used_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
