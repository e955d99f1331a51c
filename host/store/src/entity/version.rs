//! The table `versions`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, UserId, VersionId, WorkspaceId};

/// An immutable version of a bot: published, or the draft as a preview found it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "versions")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VersionId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The bot.
    pub bot_id: BotId,
    /// The document, as JSON text.
    pub document: String,
    /// Block type → version and digest, as JSON text.
    pub lock: String,
    /// When it was published: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// It is a draft as a preview found it, and was never published.
    pub is_preview: bool,
    /// 1, 2, 3 … of its bot; none in a preview.
    pub number: Option<i64>,
    /// Who published it; none: the operator.
    pub author_id: Option<UserId>,
    /// What is new in it.
    pub note: Option<String>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
