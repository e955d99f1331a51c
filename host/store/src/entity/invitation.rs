//! The table `invitations`.

use sea_orm::entity::prelude::*;

use crate::ids::{BotId, InvitationId, UserId, WorkspaceId};

/// An invitation to a workspace or to one bot.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The bot; none: the whole workspace.
    pub bot_id: Option<BotId>,
    /// Who is invited, in lower case.
    pub email: String,
    /// A member's role; for a bot a collaborator's access.
    pub role: String,
    /// Who invites.
    pub invited_by: Option<UserId>,
    /// When: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it ends: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
