//! The table `theme_templates`.

use sea_orm::entity::prelude::*;

use crate::ids::{ThemeTemplateId, WorkspaceId};

/// A look that a workspace keeps for its bots.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "theme_templates")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ThemeTemplateId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// The theme, as JSON text.
    pub theme: String,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was last changed: milliseconds since 1970, UTC.
    pub updated_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
