//! The table `journal`.

use sea_orm::entity::prelude::*;

use crate::ids::{ResultId, SessionId, WorkspaceId};

/// One turn of a conversation, as it can be replayed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    /// The conversation, which may have ended.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: SessionId,
    /// Which turn, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub turn: i64,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// What the conversation left behind.
    pub result_id: Option<ResultId>,
    /// The caller's own bytes.
    pub entry: Vec<u8>,
    /// When the turn was taken: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
