//! The table `answers`.

use sea_orm::entity::prelude::*;

use crate::ids::ResultId;

/// An accepted answer; repeated answers to one block are further rows.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answers")]
pub struct Model {
    /// Grows with time.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The result.
    pub result_id: ResultId,
    /// The input block.
    pub block_id: String,
    /// As it was understood.
    pub content: String,
    /// Addresses of attached files, as JSON text.
    pub attached_file_urls: Option<String>,
    /// When it was given: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
