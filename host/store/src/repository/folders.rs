//! Folders of bots.

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{bot, folder};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Folder, FolderId, WorkspaceId};

/// Folders of bots.
pub struct Folders<'c>(pub(crate) Executor<'c>);

impl Folders<'_> {
    /// Adds a folder within another, or at the top.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        id: &FolderId,
        parent: Option<&FolderId>,
        name: &str,
        now_ms: i64,
    ) -> Result<()> {
        let row = folder::ActiveModel {
            id: Set(id.clone()),
            workspace_id: Set(workspace.clone()),
            parent_id: Set(parent.cloned()),
            name: Set(name.to_owned()),
            created_at: Set(now_ms),
        };
        folder::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("folder", "adding a folder")?;
        Ok(())
    }

    /// Finds a folder.
    pub async fn find(&self, workspace: &WorkspaceId, id: &FolderId) -> Result<Option<Folder>> {
        folder::Entity::find_by_id(id.clone())
            .filter(folder::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a folder")
    }

    /// The folders within a folder or at the top, by their names.
    pub async fn within(
        &self,
        workspace: &WorkspaceId,
        parent: Option<&FolderId>,
    ) -> Result<Vec<Folder>> {
        let parent = match parent {
            Some(parent) => folder::Column::ParentId.eq(parent.clone()),
            None => folder::Column::ParentId.is_null(),
        };
        folder::Entity::find()
            .filter(folder::Column::WorkspaceId.eq(workspace.clone()))
            .filter(parent)
            .order_by_asc(folder::Column::Name)
            .order_by_asc(folder::Column::Id)
            .all(&self.0)
            .await
            .during("reading folders")
    }

    /// Names a folder; says whether it exists.
    pub async fn rename(&self, workspace: &WorkspaceId, id: &FolderId, name: &str) -> Result<bool> {
        self.set(workspace, id, folder::Column::Name, Expr::value(name))
            .await
    }

    /// Puts a folder into another or at the top; says whether it exists. That no folder ends up
    /// within itself is the caller's to see to.
    pub async fn move_to(
        &self,
        workspace: &WorkspaceId,
        id: &FolderId,
        parent: Option<&FolderId>,
    ) -> Result<bool> {
        let parent = Expr::value(parent.cloned());
        self.set(workspace, id, folder::Column::ParentId, parent)
            .await
    }

    /// Removes a folder; what stood in it goes where it stood. Says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &FolderId) -> Result<bool> {
        let Some(folder) = self.find(workspace, id).await? else {
            return Ok(false);
        };
        let parent = || Expr::value(folder.parent_id.clone());
        folder::Entity::update_many()
            .col_expr(folder::Column::ParentId, parent())
            .filter(folder::Column::WorkspaceId.eq(workspace.clone()))
            .filter(folder::Column::ParentId.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("emptying a folder")?;
        bot::Entity::update_many()
            .col_expr(bot::Column::FolderId, parent())
            .filter(bot::Column::WorkspaceId.eq(workspace.clone()))
            .filter(bot::Column::FolderId.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("emptying a folder")?;
        let removed = folder::Entity::delete_by_id(id.clone())
            .exec(&self.0)
            .await
            .during("removing a folder")?;
        Ok(removed.rows_affected == 1)
    }

    async fn set(
        &self,
        workspace: &WorkspaceId,
        id: &FolderId,
        column: folder::Column,
        value: SimpleExpr,
    ) -> Result<bool> {
        let written = folder::Entity::update_many()
            .col_expr(column, value)
            .filter(folder::Column::WorkspaceId.eq(workspace.clone()))
            .filter(folder::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a folder")?;
        Ok(written.rows_affected == 1)
    }
}
