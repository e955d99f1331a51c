//! Who works on one bot without belonging to all of its workspace.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};

use crate::entity::collaborator;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Access, BotId, Collaborator, UserId, WorkspaceId};

/// Who works on one bot.
pub struct Collaborators<'c>(pub(crate) Executor<'c>);

/// Takes the bot's own workspace, so that nobody is let into another's.
const SAVE: &str = "INSERT INTO collaborators (bot_id, workspace_id, user_id, access, created_at) \
     SELECT id, workspace_id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) \
     FROM bots WHERE id = $2 AND workspace_id = $1 \
     ON CONFLICT (bot_id, user_id) DO UPDATE SET access = excluded.access";

impl Collaborators<'_> {
    /// Lets a person work on a bot, or changes what they may do; says whether the bot exists.
    pub async fn save(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        user: &UserId,
        access: Access,
        now_ms: i64,
    ) -> Result<bool> {
        let values = [
            workspace.clone().into(),
            bot.clone().into(),
            user.clone().into(),
            access.into(),
            now_ms.into(),
        ];
        let backend = self.0.get_database_backend();
        let save = Statement::from_sql_and_values(backend, SAVE, values);
        let saved = self.0.execute_raw(save).await;
        Ok(saved.during("letting a person in")?.rows_affected() == 1)
    }

    /// Finds what a person may do on a bot.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        user: &UserId,
    ) -> Result<Option<Collaborator>> {
        collaborator::Entity::find_by_id((bot.clone(), user.clone()))
            .filter(collaborator::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a collaborator")
    }

    /// Who works on a bot.
    pub async fn of_bot(&self, workspace: &WorkspaceId, bot: &BotId) -> Result<Vec<Collaborator>> {
        collaborator::Entity::find()
            .filter(collaborator::Column::BotId.eq(bot.clone()))
            .filter(collaborator::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(collaborator::Column::UserId)
            .all(&self.0)
            .await
            .during("reading collaborators")
    }

    /// The bots that a person was let into, of all workspaces.
    pub async fn of_user(&self, user: &UserId) -> Result<Vec<Collaborator>> {
        collaborator::Entity::find()
            .filter(collaborator::Column::UserId.eq(user.clone()))
            .order_by_asc(collaborator::Column::BotId)
            .all(&self.0)
            .await
            .during("reading a person's bots")
    }

    /// Sends a person away from a bot; says whether they worked on it.
    pub async fn remove(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        user: &UserId,
    ) -> Result<bool> {
        let removed = collaborator::Entity::delete_by_id((bot.clone(), user.clone()))
            .filter(collaborator::Column::WorkspaceId.eq(workspace.clone()))
            .exec(&self.0)
            .await
            .during("removing a collaborator")?;
        Ok(removed.rows_affected == 1)
    }
}
