//! Where events are delivered to.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};

use crate::entity::webhook_endpoint::{self, Column};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, EndpointId, WebhookEndpoint, WorkspaceId};

/// Where events are delivered to.
pub struct WebhookEndpoints<'c>(pub(crate) Executor<'c>);

/// A new endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// The id.
    pub id: EndpointId,
    /// What it wants, and where.
    pub wish: EndpointWish,
    /// What deliveries are signed with, sealed.
    pub sealed_secret: String,
    /// The key that it is sealed with.
    pub data_key_id: String,
}

/// What an endpoint wants, and where: all that its owner may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointWish {
    /// The address.
    pub url: String,
    /// The names of the events: a JSON list.
    pub events: String,
    /// The bot whose events it wants; none: every bot of the workspace.
    pub bot_id: Option<BotId>,
    /// Who is told when it is disabled.
    pub contact: Option<String>,
}

impl WebhookEndpoints<'_> {
    /// Adds an endpoint.
    pub async fn add(&self, workspace: &WorkspaceId, new: NewEndpoint, now_ms: i64) -> Result<()> {
        let row = webhook_endpoint::ActiveModel {
            id: Set(new.id),
            workspace_id: Set(workspace.clone()),
            bot_id: Set(new.wish.bot_id),
            url: Set(new.wish.url),
            events: Set(new.wish.events),
            sealed_secret: Set(new.sealed_secret),
            data_key_id: Set(new.data_key_id),
            contact: Set(new.wish.contact),
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
            .filter(Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a webhook endpoint")
    }

    /// All endpoints of a workspace, the newest first.
    pub async fn list(&self, workspace: &WorkspaceId) -> Result<Vec<WebhookEndpoint>> {
        webhook_endpoint::Entity::find()
            .filter(Column::WorkspaceId.eq(workspace.clone()))
            .order_by_desc(Column::Id)
            .all(&self.0)
            .await
            .during("reading webhook endpoints")
    }

    /// Changes what an endpoint wants, and where; whether there was one.
    pub async fn change(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        wish: EndpointWish,
    ) -> Result<bool> {
        let change = one(workspace, id)
            .col_expr(Column::Url, Expr::value(wish.url))
            .col_expr(Column::Events, Expr::value(wish.events))
            .col_expr(Column::BotId, Expr::value(wish.bot_id))
            .col_expr(Column::Contact, Expr::value(wish.contact));
        self.run(change, "changing a webhook endpoint").await
    }

    /// Gives an endpoint another secret, sealed; whether there was one.
    pub async fn set_secret(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        sealed_secret: &str,
        data_key_id: &str,
    ) -> Result<bool> {
        let change = one(workspace, id)
            .col_expr(Column::SealedSecret, Expr::value(sealed_secret))
            .col_expr(Column::DataKeyId, Expr::value(data_key_id));
        self.run(change, "changing a webhook endpoint").await
    }

    /// Removes an endpoint; whether there was one. Deliveries that wait find it gone.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &EndpointId) -> Result<bool> {
        let removed = webhook_endpoint::Entity::delete_many()
            .filter(Column::Id.eq(id.clone()))
            .filter(Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("removing a webhook endpoint")?;
        Ok(removed.rows_affected > 0)
    }

    /// Notes that a delivery succeeded.
    pub async fn succeeded(&self, workspace: &WorkspaceId, id: &EndpointId) -> Result<()> {
        let change = one(workspace, id)
            .col_expr(Column::FailingSince, Expr::value(None::<i64>))
            .filter(Column::FailingSince.is_not_null());
        self.run(change, "noting a delivery").await.map(drop)
    }

    /// Notes that a delivery failed; the first of a row counts.
    pub async fn failed(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        now_ms: i64,
    ) -> Result<()> {
        let change = one(workspace, id)
            .col_expr(Column::FailingSince, Expr::value(Some(now_ms)))
            .filter(Column::FailingSince.is_null());
        self.run(change, "noting a delivery").await.map(drop)
    }

    /// Disables an endpoint; whether it was enabled until now, so that only one is told.
    pub async fn disable(
        &self,
        workspace: &WorkspaceId,
        id: &EndpointId,
        reason: &str,
        now_ms: i64,
    ) -> Result<bool> {
        let change = one(workspace, id)
            .col_expr(Column::DisabledAt, Expr::value(Some(now_ms)))
            .col_expr(Column::DisabledReason, Expr::value(Some(reason)))
            .filter(Column::DisabledAt.is_null());
        self.run(change, "disabling a webhook endpoint").await
    }

    /// Enables an endpoint again; whether there was one.
    pub async fn enable(&self, workspace: &WorkspaceId, id: &EndpointId) -> Result<bool> {
        let change = one(workspace, id)
            .col_expr(Column::DisabledAt, Expr::value(None::<i64>))
            .col_expr(Column::DisabledReason, Expr::value(None::<String>))
            .col_expr(Column::FailingSince, Expr::value(None::<i64>));
        self.run(change, "enabling a webhook endpoint").await
    }

    /// Door without a workspace, for a change of keys: the next endpoints after one whose secrets
    /// retired keys seal.
    pub async fn sealed_with_retired(
        &self,
        after: &str,
        limit: u64,
    ) -> Result<Vec<WebhookEndpoint>> {
        let retired = Query::select()
            .column("id")
            .from("data_keys")
            .and_where(Expr::col("retired_at").is_not_null())
            .to_owned();
        webhook_endpoint::Entity::find()
            .filter(Column::DataKeyId.in_subquery(retired))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading webhook endpoints")
    }

    /// For a change of keys: what was sealed anew takes the place of what was there before, unless
    /// its owner changed it meanwhile.
    pub async fn reseal(
        &self,
        before: &WebhookEndpoint,
        sealed_secret: &str,
        data_key_id: &str,
    ) -> Result<()> {
        let change = one(&before.workspace_id, &before.id)
            .col_expr(Column::SealedSecret, Expr::value(sealed_secret))
            .col_expr(Column::DataKeyId, Expr::value(data_key_id))
            .filter(Column::SealedSecret.eq(before.sealed_secret.as_str()));
        self.run(change, "sealing secrets anew").await.map(drop)
    }

    async fn run(
        &self,
        change: UpdateMany<webhook_endpoint::Entity>,
        action: &'static str,
    ) -> Result<bool> {
        let changed = change.exec(&self.0).await.during(action)?;
        Ok(changed.rows_affected > 0)
    }
}

fn one(workspace: &WorkspaceId, id: &EndpointId) -> UpdateMany<webhook_endpoint::Entity> {
    webhook_endpoint::Entity::update_many()
        .filter(Column::Id.eq(id.clone()))
        .filter(Column::WorkspaceId.eq(workspace.clone()))
}
