//! Versions: written once, never changed.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::version;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, Version, VersionId, WorkspaceId};

/// Versions of bots.
pub struct Versions<'c>(pub(crate) Executor<'c>);

/// A version that is to be added.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The id.
    pub id: VersionId,
    /// The bot.
    pub bot_id: BotId,
    /// The document, as JSON text.
    pub document: String,
    /// Block type → version and digest, as JSON text.
    pub lock: String,
    /// It is a draft as a preview found it.
    pub is_preview: bool,
}

impl Versions<'_> {
    /// Adds a version.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        version: NewVersion,
        now_ms: i64,
    ) -> Result<()> {
        let row = version::ActiveModel {
            id: Set(version.id),
            workspace_id: Set(workspace.clone()),
            bot_id: Set(version.bot_id),
            document: Set(version.document),
            lock: Set(version.lock),
            created_at: Set(now_ms),
            is_preview: Set(version.is_preview),
        };
        version::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("version", "adding a version")?;
        Ok(())
    }

    /// Finds a version.
    pub async fn find(&self, workspace: &WorkspaceId, id: &VersionId) -> Result<Option<Version>> {
        version::Entity::find_by_id(id.clone())
            .filter(version::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a version")
    }

    /// All published versions of a bot, the newest first.
    pub async fn of_bot(&self, workspace: &WorkspaceId, bot: &BotId) -> Result<Vec<Version>> {
        version::Entity::find()
            .filter(version::Column::WorkspaceId.eq(workspace.clone()))
            .filter(version::Column::BotId.eq(bot.clone()))
            .filter(version::Column::IsPreview.eq(false))
            .order_by_desc(version::Column::Id)
            .all(&self.0)
            .await
            .during("reading a bot's versions")
    }
}
