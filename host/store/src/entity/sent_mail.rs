//! The table `sent_mails`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// A mail that a block sent, by its key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sent_mails")]
pub struct Model {
    /// The owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// The component's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component: String,
    /// The conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner: String,
    /// The block's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// When it was sent: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
