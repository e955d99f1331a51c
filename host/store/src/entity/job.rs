//! The table `jobs`.

use sea_orm::entity::prelude::*;

use crate::ids::{JobId, WorkspaceId};

/// Work that is done beside the conversations.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// The owner; none: the installation's own.
    pub workspace_id: Option<WorkspaceId>,
    /// What is to be done.
    pub kind: String,
    /// With what, as JSON text.
    pub payload: String,
    /// Higher goes first.
    pub priority: i64,
    /// One of [`state`](crate::repository::state).
    pub state: String,
    /// Jobs of one lane run a few at a time.
    pub lane: Option<String>,
    /// Unique within the kind.
    pub dedup_key: Option<String>,
    /// Counts the leases: a write names the one it was given.
    pub attempt: i64,
    /// How often it failed.
    pub failures: i64,
    /// How often it may fail.
    pub max_failures: i64,
    /// How often its worker died or stood still.
    pub crashes: i64,
    /// When it is due: milliseconds since 1970, UTC.
    pub run_at: i64,
    /// When it was handed over to the workers: milliseconds since 1970, UTC.
    pub handed_at: Option<i64>,
    /// When its lease ends: milliseconds since 1970, UTC.
    pub lease_until: Option<i64>,
    /// Who has it.
    pub worker: Option<String>,
    /// From 0 to 100.
    pub progress: i64,
    /// What is being done.
    pub note: Option<String>,
    /// What came of it, as JSON text.
    pub result: Option<String>,
    /// Why it failed last.
    pub error: Option<String>,
    /// Someone asked to stop it.
    pub cancel_requested: bool,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was first begun: milliseconds since 1970, UTC.
    pub started_at: Option<i64>,
    /// When it ended: milliseconds since 1970, UTC.
    pub finished_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
