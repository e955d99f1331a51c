//! The table `catalogs`.

use sea_orm::entity::prelude::*;

/// What was installed when conversations were recorded. It belongs to the installation, not to a
/// workspace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogs")]
pub struct Model {
    /// A digest of the content.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// JSON text.
    pub content: String,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
