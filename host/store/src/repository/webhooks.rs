//! Endpoints that are told of events, and how deliveries to them fare.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, UpdateMany,
};

use crate::entity::webhook;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, Webhook, WebhookId, WorkspaceId};

/// Endpoints that are told of events.
pub struct Webhooks<'c>(pub(crate) Executor<'c>);

/// An endpoint that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// The id.
    pub id: WebhookId,
    /// The bot; none: all bots of the workspace.
    pub bot_id: Option<BotId>,
    /// Where to.
    pub url: String,
    /// What deliveries are signed with, sealed.
    pub sealed_secret: String,
    /// The events' names: a list, as JSON text.
    pub events: String,
}

impl Webhooks<'_> {
    /// Adds an endpoint.
    pub async fn add(&self, workspace: &WorkspaceId, new: NewWebhook, now_ms: i64) -> Result<()> {
        let row = webhook::ActiveModel {
            id: Set(new.id),
            workspace_id: Set(workspace.clone()),
            bot_id: Set(new.bot_id),
            url: Set(new.url),
            sealed_secret: Set(new.sealed_secret),
            events: Set(new.events),
            failures: Set(0),
            failing_since: Set(None),
            disabled_at: Set(None),
            created_at: Set(now_ms),
            updated_at: Set(now_ms),
        };
        webhook::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("webhook", "adding a webhook")?;
        Ok(())
    }

    /// Finds an endpoint.
    pub async fn find(&self, workspace: &WorkspaceId, id: &WebhookId) -> Result<Option<Webhook>> {
        webhook::Entity::find_by_id(id.clone())
            .filter(webhook::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a webhook")
    }

    /// All endpoints of a workspace, the oldest first.
    pub async fn all(&self, workspace: &WorkspaceId) -> Result<Vec<Webhook>> {
        webhook::Entity::find()
            .filter(webhook::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(webhook::Column::Id)
            .all(&self.0)
            .await
            .during("reading webhooks")
    }

    /// The endpoints that are told of what happens to a bot; which events each wants it says itself.
    pub async fn of_bot(&self, workspace: &WorkspaceId, bot: &BotId) -> Result<Vec<Webhook>> {
        let told = Condition::any()
            .add(webhook::Column::BotId.is_null())
            .add(webhook::Column::BotId.eq(bot.clone()));
        webhook::Entity::find()
            .filter(webhook::Column::WorkspaceId.eq(workspace.clone()))
            .filter(webhook::Column::DisabledAt.is_null())
            .filter(told)
            .order_by_asc(webhook::Column::Id)
            .all(&self.0)
            .await
            .during("reading a bot's webhooks")
    }

    /// Changes where an endpoint is and what it is told; says whether it exists.
    pub async fn save(
        &self,
        workspace: &WorkspaceId,
        id: &WebhookId,
        url: &str,
        events: &str,
        now_ms: i64,
    ) -> Result<bool> {
        let update = webhook::Entity::update_many()
            .col_expr(webhook::Column::Url, Expr::value(url))
            .col_expr(webhook::Column::Events, Expr::value(events))
            .col_expr(webhook::Column::UpdatedAt, Expr::value(now_ms));
        self.update(workspace, id, update).await
    }

    /// Notes that a delivery arrived; says whether the endpoint exists.
    pub async fn delivered(&self, workspace: &WorkspaceId, id: &WebhookId) -> Result<bool> {
        let update = webhook::Entity::update_many()
            .col_expr(webhook::Column::Failures, Expr::value(0_i64))
            .col_expr(webhook::Column::FailingSince, Expr::value(None::<i64>));
        self.update(workspace, id, update).await
    }

    /// Notes that a delivery failed; says whether the endpoint exists.
    pub async fn failed(
        &self,
        workspace: &WorkspaceId,
        id: &WebhookId,
        now_ms: i64,
    ) -> Result<bool> {
        let since = Expr::col(webhook::Column::FailingSince).if_null(now_ms);
        let update = webhook::Entity::update_many()
            .col_expr(
                webhook::Column::Failures,
                Expr::col(webhook::Column::Failures).add(1_i64),
            )
            .col_expr(webhook::Column::FailingSince, since);
        self.update(workspace, id, update).await
    }

    /// Tells an endpoint nothing from a time on, or everything again; says whether it exists.
    pub async fn set_disabled(
        &self,
        workspace: &WorkspaceId,
        id: &WebhookId,
        since: Option<i64>,
    ) -> Result<bool> {
        let mut update = webhook::Entity::update_many()
            .col_expr(webhook::Column::DisabledAt, Expr::value(since));
        if since.is_none() {
            update = update
                .col_expr(webhook::Column::Failures, Expr::value(0_i64))
                .col_expr(webhook::Column::FailingSince, Expr::value(None::<i64>));
        }
        self.update(workspace, id, update).await
    }

    /// Removes an endpoint; says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &WebhookId) -> Result<bool> {
        let removed = webhook::Entity::delete_by_id(id.clone())
            .filter(webhook::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("removing a webhook")?;
        Ok(removed.rows_affected == 1)
    }

    async fn update(
        &self,
        workspace: &WorkspaceId,
        id: &WebhookId,
        update: UpdateMany<webhook::Entity>,
    ) -> Result<bool> {
        let written = update
            .filter(webhook::Column::WorkspaceId.eq(workspace.clone()))
            .filter(webhook::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a webhook")?;
        Ok(written.rows_affected == 1)
    }
}
