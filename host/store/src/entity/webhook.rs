//! The table `webhooks`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, WebhookId, WorkspaceId};

/// An endpoint that is told of events.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The bot; none: all bots of the workspace.
    pub bot_id: Option<BotId>,
    /// Where to.
    pub url: String,
    /// What deliveries are signed with, sealed.
    pub sealed_secret: String,
    /// The events' names: a list, as JSON text.
    pub events: String,
    /// Failed deliveries since the last that arrived.
    pub failures: i64,
    /// When the first of them failed: milliseconds since 1970, UTC.
    pub failing_since: Option<i64>,
    /// Since when it is told nothing: milliseconds since 1970, UTC.
    pub disabled_at: Option<i64>,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was last changed: milliseconds since 1970, UTC.
    pub updated_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
