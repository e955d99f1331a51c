//! The table `egress_log`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, WorkspaceId};

/// A request that a block sent, or tried to send.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "egress_log")]
pub struct Model {
    /// Grows with time.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When it began: milliseconds since 1970, UTC.
    pub sent_at: i64,
    /// On whose behalf.
    pub workspace_id: WorkspaceId,
    /// In which bot.
    pub bot_id: BotId,
    /// Which block: `publisher/name`.
    pub block: String,
    /// Its version.
    pub version: String,
    /// The credential that the call had.
    pub credential_id: Option<String>,
    /// The method.
    pub method: String,
    /// The host; empty where the address could not be read.
    pub host: String,
    /// Bytes of the request's body.
    pub bytes_out: i64,
    /// Bytes of the answer's body, as far as it was read.
    pub bytes_in: i64,
    /// The answer's status.
    pub status: Option<i32>,
    /// Why there was no answer.
    pub refused: Option<String>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
