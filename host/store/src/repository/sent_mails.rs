//! The keys of mails that blocks sent: each is sent once.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::ValuePlace;
use crate::WorkspaceId;
use crate::entity::sent_mail::{self, Column};
use crate::error::{Context, Result};
use crate::executor::Executor;

/// The keys of mails that blocks sent.
pub struct SentMails<'c>(pub(crate) Executor<'c>);

impl SentMails<'_> {
    /// Takes a mail's key; one that is taken is a conflict.
    pub async fn take(
        &self,
        workspace: &WorkspaceId,
        place: &ValuePlace,
        now_ms: i64,
    ) -> Result<()> {
        let row = sent_mail::ActiveModel {
            workspace_id: Set(workspace.clone()),
            component: Set(place.component.clone()),
            owner: Set(place.owner.clone()),
            key: Set(place.key.clone()),
            created_at: Set(now_ms),
        };
        sent_mail::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("mail", "taking a mail's key")?;
        Ok(())
    }

    /// Gives the key of a mail back that could not be sent.
    pub async fn give_back(&self, workspace: &WorkspaceId, place: &ValuePlace) -> Result<()> {
        sent_mail::Entity::delete_many()
            .filter(Column::WorkspaceId.eq(workspace.clone()))
            .filter(Column::Component.eq(place.component.as_str()))
            .filter(Column::Owner.eq(place.owner.as_str()))
            .filter(Column::Key.eq(place.key.as_str()))
            .exec(&self.0)
            .await
            .during("giving a mail's key back")?;
        Ok(())
    }
}
