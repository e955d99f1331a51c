//! Versions: written once, never changed.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::entity::version;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, UserId, Version, VersionId, WorkspaceId};

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
    /// Who publishes it; none: the operator.
    pub author_id: Option<UserId>,
    /// What is new in it.
    pub note: Option<String>,
}

impl Versions<'_> {
    /// Adds a version. Where two are published at once, one of them is a conflict.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        version: NewVersion,
        now_ms: i64,
    ) -> Result<()> {
        let number = match version.is_preview {
            true => None,
            false => Some(self.next_number(&version.bot_id).await?),
        };
        let row = version::ActiveModel {
            id: Set(version.id),
            workspace_id: Set(workspace.clone()),
            bot_id: Set(version.bot_id),
            document: Set(version.document),
            lock: Set(version.lock),
            created_at: Set(now_ms),
            is_preview: Set(version.is_preview),
            number: Set(number),
            author_id: Set(version.author_id),
            note: Set(version.note),
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

    /// Finds a published version of a bot by its number.
    pub async fn numbered(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        number: i64,
    ) -> Result<Option<Version>> {
        published(workspace, bot)
            .filter(version::Column::Number.eq(number))
            .one(&self.0)
            .await
            .during("reading a version")
    }

    /// All published versions of a bot, the newest first.
    pub async fn of_bot(&self, workspace: &WorkspaceId, bot: &BotId) -> Result<Vec<Version>> {
        published(workspace, bot)
            .order_by_desc(version::Column::Number)
            .all(&self.0)
            .await
            .during("reading a bot's versions")
    }

    /// A page of the published versions of a bot, the newest first; `before` is the number of the
    /// last of the page before.
    pub async fn page(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Version>> {
        let mut select = published(workspace, bot);
        if let Some(before) = before {
            select = select.filter(version::Column::Number.lt(before));
        }
        select
            .order_by_desc(version::Column::Number)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading a bot's versions")
    }

    async fn next_number(&self, bot: &BotId) -> Result<i64> {
        let last: Option<Option<i64>> = version::Entity::find()
            .select_only()
            .column_as(version::Column::Number.max(), "number")
            .filter(version::Column::BotId.eq(bot.clone()))
            .filter(version::Column::IsPreview.into_expr().not())
            .into_tuple()
            .one(&self.0)
            .await
            .during("numbering a version")?;
        Ok(last.flatten().unwrap_or(0) + 1)
    }
}

fn published(workspace: &WorkspaceId, bot: &BotId) -> Select<version::Entity> {
    version::Entity::find()
        .filter(version::Column::WorkspaceId.eq(workspace.clone()))
        .filter(version::Column::BotId.eq(bot.clone()))
        .filter(version::Column::IsPreview.into_expr().not())
}
