//! The table `idempotency_keys`.

use sea_orm::entity::prelude::*;

use crate::ids::{SessionId, WorkspaceId};

/// A request that is told apart by a key when it is sent again.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// What the key is unique within: the bot of a start, the session of a reply.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// The caller's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The conversation, which may have ended.
    pub session_id: SessionId,
    /// The turn that the request led to.
    pub turn: i64,
    /// When: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
