//! The table `listener_messages`.

use sea_orm::entity::prelude::*;

use crate::ids::WorkspaceId;

/// A message from outside that waits for a conversation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listener_messages")]
pub struct Model {
    /// Grows with time.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The owner of the bot.
    pub workspace_id: WorkspaceId,
    /// The result it is for; in a preview the session.
    pub room: String,
    /// The listener it is for; none: whichever comes first.
    pub block_id: Option<String>,
    /// What the page gets, as JSON text.
    pub body: String,
    /// The turn of the conversation that waited when a page got it.
    pub delivered_turn: Option<i64>,
    /// When it came: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
