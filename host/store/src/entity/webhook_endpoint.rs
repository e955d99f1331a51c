//! The table `webhook_endpoints`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, EndpointId, WorkspaceId};

/// Where events are delivered to.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EndpointId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The bot whose events it wants; none: every bot of the workspace.
    pub bot_id: Option<BotId>,
    /// The address.
    pub url: String,
    /// The names of the events that it wants: a JSON list.
    pub events: String,
    /// What deliveries are signed with, sealed.
    pub sealed_secret: String,
    /// The key that it is sealed with.
    pub data_key_id: String,
    /// Who is told when it is disabled.
    pub contact: Option<String>,
    /// Since when nothing was delivered any more: milliseconds since 1970, UTC.
    pub failing_since: Option<i64>,
    /// When it was disabled: milliseconds since 1970, UTC.
    pub disabled_at: Option<i64>,
    /// Why.
    pub disabled_reason: Option<String>,
    /// When it was made: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
