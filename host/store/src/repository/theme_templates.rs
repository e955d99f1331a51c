//! Looks that a workspace keeps for its bots.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::theme_template;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{ThemeTemplate, ThemeTemplateId, WorkspaceId};

/// Looks that a workspace keeps.
pub struct ThemeTemplates<'c>(pub(crate) Executor<'c>);

impl ThemeTemplates<'_> {
    /// Keeps a look.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        id: &ThemeTemplateId,
        name: &str,
        theme: &str,
        now_ms: i64,
    ) -> Result<()> {
        let row = theme_template::ActiveModel {
            id: Set(id.clone()),
            workspace_id: Set(workspace.clone()),
            name: Set(name.to_owned()),
            theme: Set(theme.to_owned()),
            created_at: Set(now_ms),
            updated_at: Set(now_ms),
        };
        theme_template::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("theme", "keeping a theme")?;
        Ok(())
    }

    /// Finds a look.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        id: &ThemeTemplateId,
    ) -> Result<Option<ThemeTemplate>> {
        theme_template::Entity::find_by_id(id.clone())
            .filter(theme_template::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a theme")
    }

    /// All looks of a workspace, the oldest first.
    pub async fn all(&self, workspace: &WorkspaceId) -> Result<Vec<ThemeTemplate>> {
        theme_template::Entity::find()
            .filter(theme_template::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(theme_template::Column::Id)
            .all(&self.0)
            .await
            .during("reading themes")
    }

    /// Changes a look; says whether it exists.
    pub async fn save(
        &self,
        workspace: &WorkspaceId,
        id: &ThemeTemplateId,
        name: &str,
        theme: &str,
        now_ms: i64,
    ) -> Result<bool> {
        let written = theme_template::Entity::update_many()
            .col_expr(theme_template::Column::Name, Expr::value(name))
            .col_expr(theme_template::Column::Theme, Expr::value(theme))
            .col_expr(theme_template::Column::UpdatedAt, Expr::value(now_ms))
            .filter(theme_template::Column::WorkspaceId.eq(workspace.clone()))
            .filter(theme_template::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a theme")?;
        Ok(written.rows_affected == 1)
    }

    /// Removes a look; says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &ThemeTemplateId) -> Result<bool> {
        let removed = theme_template::Entity::delete_by_id(id.clone())
            .filter(theme_template::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("removing a theme")?;
        Ok(removed.rows_affected == 1)
    }
}
