//! Files that visitors send. A row is made when a file is announced, so that its name is taken.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};

use crate::entity::file;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, ResultId, StoredFile, WorkspaceId};

/// Files that visitors send.
pub struct Files<'c>(pub(crate) Executor<'c>);

/// A file that is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its path in the storage without the name.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// The bot that asks for it.
    pub bot_id: BotId,
    /// The result it belongs to; none in a preview.
    pub result_id: Option<ResultId>,
    /// The input block.
    pub block_id: String,
    /// Its media type.
    pub media_type: String,
    /// Whether only people of the workspace may read it.
    pub is_private: bool,
    /// The most bytes it may have.
    pub max_size: i64,
}

impl Files<'_> {
    /// Announces a file. A name that its folder has already is a conflict.
    pub async fn announce(&self, workspace: &WorkspaceId, new: NewFile, now_ms: i64) -> Result<()> {
        let row = file::ActiveModel {
            folder: Set(new.folder),
            name: Set(new.name),
            workspace_id: Set(workspace.clone()),
            bot_id: Set(new.bot_id),
            result_id: Set(new.result_id),
            block_id: Set(new.block_id),
            media_type: Set(new.media_type),
            is_private: Set(new.is_private),
            size: Set(None),
            max_size: Set(Some(new.max_size)),
            created_at: Set(now_ms),
        };
        file::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("file name", "announcing a file")?;
        Ok(())
    }

    /// Says that a file has arrived; gives whether it was announced.
    pub async fn arrived(
        &self,
        workspace: &WorkspaceId,
        folder: &str,
        name: &str,
        size: i64,
    ) -> Result<bool> {
        let updated = file::Entity::update_many()
            .col_expr(file::Column::Size, Expr::value(size))
            .filter(file::Column::Folder.eq(folder))
            .filter(file::Column::Name.eq(name))
            .filter(file::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("noting a file")?;
        Ok(updated.rows_affected > 0)
    }

    /// Finds a file.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        folder: &str,
        name: &str,
    ) -> Result<Option<StoredFile>> {
        file::Entity::find_by_id((folder.to_owned(), name.to_owned()))
            .filter(file::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a file's entry")
    }

    /// How many files a folder has, announced ones included.
    pub async fn count(&self, workspace: &WorkspaceId, folder: &str) -> Result<u64> {
        file::Entity::find()
            .filter(file::Column::Folder.eq(folder))
            .filter(file::Column::WorkspaceId.eq(workspace.clone()))
            .count(&self.0)
            .await
            .during("counting files")
    }

    /// The files of a result of which nobody knows yet that they have arrived.
    pub async fn awaited(
        &self,
        workspace: &WorkspaceId,
        result: &ResultId,
    ) -> Result<Vec<StoredFile>> {
        file::Entity::find()
            .filter(file::Column::ResultId.eq(result.clone()))
            .filter(file::Column::WorkspaceId.eq(workspace.clone()))
            .filter(file::Column::Size.is_null())
            .all(&self.0)
            .await
            .during("reading a result's awaited files")
    }

    /// Forgets a file; gives whether there was one.
    pub async fn forget(&self, workspace: &WorkspaceId, folder: &str, name: &str) -> Result<bool> {
        let deleted = file::Entity::delete_by_id((folder.to_owned(), name.to_owned()))
            .filter(file::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("forgetting a file")?;
        Ok(deleted.rows_affected > 0)
    }

    /// The files of a result that have arrived, by their names.
    pub async fn of_result(
        &self,
        workspace: &WorkspaceId,
        result: &ResultId,
    ) -> Result<Vec<StoredFile>> {
        file::Entity::find()
            .filter(file::Column::ResultId.eq(result.clone()))
            .filter(file::Column::WorkspaceId.eq(workspace.clone()))
            .filter(file::Column::Size.is_not_null())
            .order_by_asc(file::Column::Folder)
            .order_by_asc(file::Column::Name)
            .all(&self.0)
            .await
            .during("reading a result's files")
    }
}
