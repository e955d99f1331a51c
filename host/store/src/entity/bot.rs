//! The table `bots`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, FolderId, VersionId, WorkspaceId};

/// A bot and its draft.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bots")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BotId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Its name in addresses.
    pub public_id: String,
    /// The id that its document had where it came from.
    pub source_id: Option<String>,
    /// The draft, as JSON text.
    pub document: String,
    /// What visitors talk to; none: not published.
    pub published_version_id: Option<VersionId>,
    /// Visitors are told that it is closed.
    pub is_closed: bool,
    /// Visitors do not find it.
    pub is_archived: bool,
    /// The folder it stands in; none: at the top.
    pub folder_id: Option<FolderId>,
    /// What stands for it in lists: an emoji or an address.
    pub icon: Option<String>,
    /// Its page says what it was made with.
    pub shows_brand: bool,
    /// How often the draft was changed.
    pub revision: i64,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When its draft last changed: milliseconds since 1970, UTC.
    pub updated_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
