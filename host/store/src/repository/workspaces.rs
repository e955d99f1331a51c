//! Workspaces: the tenants.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::removal;
use crate::entity::workspace;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Workspace, WorkspaceId};

/// Workspaces.
pub struct Workspaces<'c>(pub(crate) Executor<'c>);

impl Workspaces<'_> {
    /// Finds a workspace.
    pub async fn find(&self, id: &WorkspaceId) -> Result<Option<Workspace>> {
        workspace::Entity::find_by_id(id.clone())
            .one(&self.0)
            .await
            .during("reading a workspace")
    }

    /// Adds a workspace.
    pub async fn add(&self, id: &WorkspaceId, name: &str, now_ms: i64) -> Result<()> {
        let row = workspace::ActiveModel {
            id: Set(id.clone()),
            name: Set(name.to_owned()),
            created_at: Set(now_ms),
        };
        workspace::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("workspace", "adding a workspace")?;
        Ok(())
    }

    /// Removes a workspace with everything in it; says whether it was there.
    pub async fn remove(&self, id: &WorkspaceId) -> Result<bool> {
        removal::workspace(&self.0, id.clone().into()).await
    }
}
