//! The table `installed_blocks`.

use sea_orm::entity::prelude::*;

use crate::ids::{BlockId, UserId};

/// A version of a block that is installed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installed_blocks")]
pub struct Model {
    /// The component's digest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BlockId,
    /// Which block: `publisher/name`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it says of itself, as JSON text.
    pub manifest: String,
    /// Bytes of its file.
    pub size: i64,
    /// `staged`, `active` or `old`: see [`crate::repository::block_state`].
    pub state: String,
    /// Whether it came with a server.
    pub is_first_party: bool,
    /// Why it was taken out, where its calls only break.
    pub broken: Option<String>,
    /// Who installed it; none: it came with the server.
    pub installed_by: Option<UserId>,
    /// When: milliseconds since 1970, UTC.
    pub installed_at: i64,
    /// When it last became active: milliseconds since 1970, UTC.
    pub activated_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
