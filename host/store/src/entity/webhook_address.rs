//! The table `webhook_addresses`.

use sea_orm::entity::prelude::*;

use crate::ids::{CredentialId, WorkspaceId};

/// Where a block's webhooks are reached from outside.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_addresses")]
pub struct Model {
    /// The secret part of the address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The block's type.
    pub block_type: String,
    /// The credential that requests are checked with.
    pub credential_id: Option<CredentialId>,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
