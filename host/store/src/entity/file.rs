//! The table `files`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, ResultId, WorkspaceId};

/// A file that a visitor sends.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    /// Its path in the storage without the name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub folder: String,
    /// Its name, unique in the folder.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The bot that asked for it.
    pub bot_id: BotId,
    /// The result it belongs to; none in a preview.
    pub result_id: Option<ResultId>,
    /// The input block.
    pub block_id: String,
    /// Its media type: `image/png`.
    pub media_type: String,
    /// Whether only people of the workspace may read it.
    pub is_private: bool,
    /// Its bytes; none until it has arrived.
    pub size: Option<i64>,
    /// The most bytes it may have; none for files announced before this was kept.
    pub max_size: Option<i64>,
    /// When it was announced: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
