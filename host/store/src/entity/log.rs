//! The table `logs`.

use sea_orm::entity::prelude::*;

use crate::ids::ResultId;

/// A log line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "logs")]
pub struct Model {
    /// Grows with time.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The result.
    pub result_id: ResultId,
    /// `error`, `warning`, `info` or `success`.
    pub status: String,
    /// One sentence.
    pub description: String,
    /// More.
    pub details: Option<String>,
    /// Where it happened.
    pub context: Option<String>,
    /// When it happened: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
