//! Invitations to a workspace, and to one bot.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::invitation;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, Invitation, InvitationId, UserId, WorkspaceId};

/// Invitations.
pub struct Invitations<'c>(pub(crate) Executor<'c>);

/// An invitation that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// The id.
    pub id: InvitationId,
    /// The bot; none: the whole workspace.
    pub bot_id: Option<BotId>,
    /// Who is invited, in lower case.
    pub email: String,
    /// A member's role; for a bot a collaborator's access.
    pub role: String,
    /// Who invites.
    pub invited_by: Option<UserId>,
    /// When it ends: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

impl Invitations<'_> {
    /// Keeps an invitation; a second one of the same person to the same is a conflict.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        new: NewInvitation,
        now_ms: i64,
    ) -> Result<()> {
        let row = invitation::ActiveModel {
            id: Set(new.id),
            workspace_id: Set(workspace.clone()),
            bot_id: Set(new.bot_id),
            email: Set(new.email),
            role: Set(new.role),
            invited_by: Set(new.invited_by),
            created_at: Set(now_ms),
            expires_at: Set(new.expires_at),
        };
        invitation::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("invitation", "keeping an invitation")?;
        Ok(())
    }

    /// Finds an invitation.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        id: &InvitationId,
    ) -> Result<Option<Invitation>> {
        invitation::Entity::find_by_id(id.clone())
            .filter(invitation::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading an invitation")
    }

    /// All invitations of a workspace and to its bots, by address.
    pub async fn all(&self, workspace: &WorkspaceId) -> Result<Vec<Invitation>> {
        invitation::Entity::find()
            .filter(invitation::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(invitation::Column::Email)
            .order_by_asc(invitation::Column::Id)
            .all(&self.0)
            .await
            .during("reading invitations")
    }

    /// What an address is invited to and has not expired: its owner need not belong anywhere yet.
    pub async fn to(&self, email: &str, now_ms: i64) -> Result<Vec<Invitation>> {
        invitation::Entity::find()
            .filter(invitation::Column::Email.eq(email))
            .filter(invitation::Column::ExpiresAt.gt(now_ms))
            .order_by_asc(invitation::Column::Id)
            .all(&self.0)
            .await
            .during("reading a person's invitations")
    }

    /// Takes an invitation back, or off once it was followed; says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &InvitationId) -> Result<bool> {
        let removed = invitation::Entity::delete_by_id(id.clone())
            .filter(invitation::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("removing an invitation")?;
        Ok(removed.rows_affected == 1)
    }
}
