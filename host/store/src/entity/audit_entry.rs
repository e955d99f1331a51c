//! The table `audit_log`.

use sea_orm::entity::prelude::*;

use crate::ids::{UserId, WorkspaceId};

/// Something that happened and may be asked for later.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// The place in the log.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Who; none: the program itself.
    pub user_id: Option<UserId>,
    /// What: `credential.opened`.
    pub action: String,
    /// The id of what it was done to.
    pub target: String,
    /// More, as JSON text; never a secret.
    pub details: Option<String>,
    /// When: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
