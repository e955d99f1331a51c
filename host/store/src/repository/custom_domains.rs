//! Domains that workspaces show their bots under.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::custom_domain;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{CustomDomain, WorkspaceId};

/// Domains of workspaces.
pub struct CustomDomains<'c>(pub(crate) Executor<'c>);

impl CustomDomains<'_> {
    /// Adds a domain, in lower case; one that anybody has is a conflict.
    pub async fn add(&self, workspace: &WorkspaceId, name: &str, now_ms: i64) -> Result<()> {
        let row = custom_domain::ActiveModel {
            name: Set(name.to_owned()),
            workspace_id: Set(workspace.clone()),
            created_at: Set(now_ms),
            verified_at: Set(None),
        };
        custom_domain::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("domain", "adding a domain")?;
        Ok(())
    }

    /// Finds a domain.
    pub async fn find(&self, workspace: &WorkspaceId, name: &str) -> Result<Option<CustomDomain>> {
        custom_domain::Entity::find_by_id(name)
            .filter(custom_domain::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a domain")
    }

    /// Finds whose domain a visitor came to, who belongs to no workspace.
    pub async fn owner(&self, name: &str) -> Result<Option<CustomDomain>> {
        custom_domain::Entity::find_by_id(name)
            .one(&self.0)
            .await
            .during("looking a domain up")
    }

    /// All domains of a workspace, by their names.
    pub async fn all(&self, workspace: &WorkspaceId) -> Result<Vec<CustomDomain>> {
        custom_domain::Entity::find()
            .filter(custom_domain::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(custom_domain::Column::Name)
            .all(&self.0)
            .await
            .during("reading domains")
    }

    /// Notes when a domain was last seen to lead here, or that it does not; says whether it exists.
    pub async fn set_verified(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        at: Option<i64>,
    ) -> Result<bool> {
        let written = custom_domain::Entity::update_many()
            .col_expr(custom_domain::Column::VerifiedAt, Expr::value(at))
            .filter(custom_domain::Column::WorkspaceId.eq(workspace.clone()))
            .filter(custom_domain::Column::Name.eq(name))
            .exec(&self.0)
            .await
            .during("changing a domain")?;
        Ok(written.rows_affected == 1)
    }

    /// Removes a domain; says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, name: &str) -> Result<bool> {
        let removed = custom_domain::Entity::delete_by_id(name)
            .filter(custom_domain::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("removing a domain")?;
        Ok(removed.rows_affected == 1)
    }
}
