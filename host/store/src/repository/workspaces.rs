//! Workspaces: the tenants.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, UpdateMany};

use super::removal;
use crate::entity::workspace;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Workspace, WorkspaceId};

/// Workspaces.
pub struct Workspaces<'c>(pub(crate) Executor<'c>);

/// How much a workspace may have; none: without limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Members.
    pub max_members: Option<i64>,
    /// Bots.
    pub max_bots: Option<i64>,
    /// Conversations that begin in a month.
    pub max_chats_per_month: Option<i64>,
    /// Megabytes of files.
    pub max_storage_mb: Option<i64>,
}

impl Workspaces<'_> {
    /// Finds a workspace.
    pub async fn find(&self, id: &WorkspaceId) -> Result<Option<Workspace>> {
        workspace::Entity::find_by_id(id.clone())
            .one(&self.0)
            .await
            .during("reading a workspace")
    }

    /// All workspaces, for the installation's clean-up.
    pub async fn all(&self) -> Result<Vec<Workspace>> {
        let all = workspace::Entity::find().order_by_asc(workspace::Column::Id);
        all.all(&self.0).await.during("listing workspaces")
    }

    /// Adds a workspace.
    pub async fn add(&self, id: &WorkspaceId, name: &str, now_ms: i64) -> Result<()> {
        let row = workspace::ActiveModel {
            id: Set(id.clone()),
            name: Set(name.to_owned()),
            created_at: Set(now_ms),
            icon: Set(None),
            max_members: Set(None),
            max_bots: Set(None),
            max_chats_per_month: Set(None),
            max_storage_mb: Set(None),
        };
        workspace::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("workspace", "adding a workspace")?;
        Ok(())
    }

    /// Changes what people see of a workspace; says whether it exists.
    pub async fn save(&self, id: &WorkspaceId, name: &str, icon: Option<&str>) -> Result<bool> {
        let update = workspace::Entity::update_many()
            .col_expr(workspace::Column::Name, Expr::value(name))
            .col_expr(
                workspace::Column::Icon,
                Expr::value(icon.map(str::to_owned)),
            );
        self.update(id, update).await
    }

    /// Sets how much a workspace may have; says whether it exists.
    pub async fn set_limits(&self, id: &WorkspaceId, limits: Limits) -> Result<bool> {
        let update = workspace::Entity::update_many()
            .col_expr(
                workspace::Column::MaxMembers,
                Expr::value(limits.max_members),
            )
            .col_expr(workspace::Column::MaxBots, Expr::value(limits.max_bots))
            .col_expr(
                workspace::Column::MaxChatsPerMonth,
                Expr::value(limits.max_chats_per_month),
            )
            .col_expr(
                workspace::Column::MaxStorageMb,
                Expr::value(limits.max_storage_mb),
            );
        self.update(id, update).await
    }

    async fn update(
        &self,
        id: &WorkspaceId,
        update: UpdateMany<workspace::Entity>,
    ) -> Result<bool> {
        let update = update.filter(workspace::Column::Id.eq(id.clone()));
        let written = update.exec(&self.0).await.during("changing a workspace")?;
        Ok(written.rows_affected == 1)
    }

    /// Removes a workspace with everything in it; says whether it was there.
    pub async fn remove(&self, id: &WorkspaceId) -> Result<bool> {
        removal::workspace(&self.0, id.clone().into()).await
    }
}
