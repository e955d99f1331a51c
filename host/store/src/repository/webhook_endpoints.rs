//! Where events are delivered to.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::webhook_endpoint;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{EndpointId, WebhookEndpoint, WorkspaceId};

/// Where events are delivered to.
pub struct WebhookEndpoints<'c>(pub(crate) Executor<'c>);

/// A new endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// The id.
    pub id: EndpointId,
    /// The address.
    pub url: String,
    /// What deliveries are signed with: opaque to the store.
    pub secret: String,
    /// Who is told when it is disabled.
    pub contact: Option<String>,
}

impl WebhookEndpoints<'_> {
    /// Adds an endpoint.
    pub async fn add(&self, workspace: &WorkspaceId, new: NewEndpoint, now_ms: i64) -> Result<()> {
        let row = webhook_endpoint::ActiveModel {
            id: Set(new.id),
            workspace_id: Set(workspace.clone()),
            url: Set(new.url),
            secret: Set(new.secret),
            contact: Set(new.contact),
            failing_since: Set(None),
            disabled_at: Set(None),
            disabled_reason: Set(None),
            created_at: Set(now_ms),
        };
        webhook_endpoint::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("webhook endpoint", "adding a webhook endpoint")?;
        Ok(())
    }

    /// Finds an endpoint.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
    ) -> Result<Option<WebhookEndpoint>> {
        webhook_endpoint::Entity::find_by_id(id.clone())
            .filter(webhook_endpoint::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a webhook endpoint")
    }

    /// All endpoints of a workspace, the newest first.
    pub async fn list(&self, workspace: &WorkspaceId) -> Result<Vec<WebhookEndpoint>> {
        webhook_endpoint::Entity::find()
            .filter(webhook_endpoint::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_desc(webhook_endpoint::Column::Id)
            .all(&self.0)
            .await
            .during("reading webhook endpoints")
    }

    /// Notes that a delivery succeeded.
    pub async fn succeeded(&self, workspace: &WorkspaceId, id: &EndpointId) -> Result<()> {
        let column = webhook_endpoint::Column::FailingSince;
        webhook_endpoint::Entity::update_many()
            .col_expr(column, Expr::value(None::<i64>))
            .filter(webhook_endpoint::Column::Id.eq(id.clone()))
            .filter(webhook_endpoint::Column::WorkspaceId.eq(workspace.clone()))
            .filter(column.is_not_null())
            .exec(&self.0)
            .await
            .during("noting a delivery")?;
        Ok(())
    }

    /// Notes that a delivery failed; the first of a row counts.
    pub async fn failed(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        now_ms: i64,
    ) -> Result<()> {
        let column = webhook_endpoint::Column::FailingSince;
        webhook_endpoint::Entity::update_many()
            .col_expr(column, Expr::value(Some(now_ms)))
            .filter(webhook_endpoint::Column::Id.eq(id.clone()))
            .filter(webhook_endpoint::Column::WorkspaceId.eq(workspace.clone()))
            .filter(Expr::col(column).is_null())
            .exec(&self.0)
            .await
            .during("noting a delivery")?;
        Ok(())
    }

    /// Disables an endpoint; whether it was enabled until now, so that only one is told.
    pub async fn disable(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        reason: &str,
        now_ms: i64,
    ) -> Result<bool> {
        let disabled = webhook_endpoint::Entity::update_many()
            .col_expr(
                webhook_endpoint::Column::DisabledAt,
                Expr::value(Some(now_ms)),
            )
            .col_expr(
                webhook_endpoint::Column::DisabledReason,
                Expr::value(Some(reason)),
            )
            .filter(webhook_endpoint::Column::Id.eq(id.clone()))
            .filter(webhook_endpoint::Column::WorkspaceId.eq(workspace.clone()))
            .filter(webhook_endpoint::Column::DisabledAt.is_null())
            .exec(&self.0)
            .await
            .during("disabling a webhook endpoint")?;
        Ok(disabled.rows_affected > 0)
    }

    /// Enables an endpoint again; whether there was one.
    pub async fn enable(&self, workspace: &WorkspaceId, id: &EndpointId) -> Result<bool> {
        let enabled = webhook_endpoint::Entity::update_many()
            .col_expr(
                webhook_endpoint::Column::DisabledAt,
                Expr::value(None::<i64>),
            )
            .col_expr(
                webhook_endpoint::Column::FailingSince,
                Expr::value(None::<i64>),
            )
            .filter(webhook_endpoint::Column::Id.eq(id.clone()))
            .filter(webhook_endpoint::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("enabling a webhook endpoint")?;
        Ok(enabled.rows_affected > 0)
    }
}
