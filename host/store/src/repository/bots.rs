//! Bots and their drafts.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, UpdateMany,
};

use super::removal;
use crate::entity::bot;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Bot, BotId, FolderId, VersionId, WorkspaceId};

/// Bots and their drafts.
pub struct Bots<'c>(pub(crate) Executor<'c>);

/// A bot that is to be added.
#[derive(Debug, Clone)]
pub struct NewBot {
    /// The id.
    pub id: BotId,
    /// What people call it.
    pub name: String,
    /// Its name in addresses; unique in the installation.
    pub public_id: String,
    /// The id that its document had where it came from.
    pub source_id: Option<String>,
    /// The draft, as JSON text.
    pub document: String,
}

impl Bots<'_> {
    /// Adds a bot; a taken public id is a conflict.
    pub async fn add(&self, workspace: &WorkspaceId, bot: NewBot, now_ms: i64) -> Result<()> {
        let row = bot::ActiveModel {
            id: Set(bot.id),
            workspace_id: Set(workspace.clone()),
            name: Set(bot.name),
            public_id: Set(bot.public_id),
            source_id: Set(bot.source_id),
            document: Set(bot.document),
            published_version_id: Set(None),
            is_closed: Set(false),
            is_archived: Set(false),
            folder_id: Set(None),
            icon: Set(None),
            shows_brand: Set(true),
            revision: Set(0),
            created_at: Set(now_ms),
            updated_at: Set(now_ms),
        };
        bot::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("public id", "adding a bot")?;
        Ok(())
    }

    /// Finds a bot.
    pub async fn find(&self, workspace: &WorkspaceId, id: &BotId) -> Result<Option<Bot>> {
        self.one(workspace, bot::Column::Id.eq(id.clone())).await
    }

    /// Finds a bot by its public id.
    pub async fn find_by_public_id(
        &self,
        workspace: &WorkspaceId,
        public_id: &str,
    ) -> Result<Option<Bot>> {
        self.one(workspace, bot::Column::PublicId.eq(public_id))
            .await
    }

    /// Finds the bot that a link names: by its id, or by the id that its document had where it came
    /// from; the latest, where several came from there.
    pub async fn find_linked(&self, workspace: &WorkspaceId, link: &str) -> Result<Option<Bot>> {
        let by_id = self.one(workspace, bot::Column::Id.eq(link)).await?;
        match by_id {
            Some(bot) => Ok(Some(bot)),
            None => self.one(workspace, bot::Column::SourceId.eq(link)).await,
        }
    }

    /// Replaces the draft and the name; says whether the bot exists.
    pub async fn save_draft(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        draft: Draft<'_>,
        now_ms: i64,
    ) -> Result<bool> {
        let written = bot::Entity::update_many()
            .col_expr(bot::Column::Document, Expr::value(draft.document))
            .col_expr(bot::Column::Name, Expr::value(draft.name))
            .col_expr(
                bot::Column::SourceId,
                Expr::value(draft.source_id.map(str::to_owned)),
            )
            .col_expr(bot::Column::UpdatedAt, Expr::value(now_ms))
            .col_expr(bot::Column::Revision, next_revision())
            .filter(row(workspace, id))
            .exec(&self.0)
            .await
            .during("saving a draft")?;
        Ok(written.rows_affected == 1)
    }

    /// Replaces the draft that an edit changed; says whether the bot was still at the revision that
    /// was read.
    pub async fn save_edited(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        from_revision: i64,
        document: &str,
        now_ms: i64,
    ) -> Result<bool> {
        let update = bot::Entity::update_many()
            .col_expr(bot::Column::Document, Expr::value(document))
            .col_expr(bot::Column::UpdatedAt, Expr::value(now_ms))
            .col_expr(bot::Column::Revision, next_revision())
            .filter(bot::Column::Revision.eq(from_revision));
        self.update(workspace, id, update).await
    }

    /// Puts a bot into a folder or at the top; says whether it exists.
    pub async fn move_to(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        folder: Option<&FolderId>,
    ) -> Result<bool> {
        let update = bot::Entity::update_many()
            .col_expr(bot::Column::FolderId, Expr::value(folder.cloned()));
        self.update(workspace, id, update).await
    }

    /// Changes how a bot is shown; says whether it exists.
    pub async fn set_look(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        icon: Option<&str>,
        shows_brand: bool,
    ) -> Result<bool> {
        let update = bot::Entity::update_many()
            .col_expr(bot::Column::Icon, Expr::value(icon.map(str::to_owned)))
            .col_expr(bot::Column::ShowsBrand, Expr::value(shows_brand));
        self.update(workspace, id, update).await
    }

    /// A page of a workspace's bots, the newest first; `before` is the last of the page before.
    pub async fn page(
        &self,
        workspace: &WorkspaceId,
        before: Option<&BotId>,
        limit: u64,
    ) -> Result<Vec<Bot>> {
        let mut select = bot::Entity::find().filter(bot::Column::WorkspaceId.eq(workspace.clone()));
        if let Some(before) = before {
            select = select.filter(bot::Column::Id.lt(before.clone()));
        }
        select
            .order_by_desc(bot::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading bots")
    }

    /// A page of the bots in a folder or at the top, the newest first, without archived ones.
    pub async fn in_folder(
        &self,
        workspace: &WorkspaceId,
        folder: Option<&FolderId>,
        before: Option<&BotId>,
        limit: u64,
    ) -> Result<Vec<Bot>> {
        let mut select = bot::Entity::find()
            .filter(bot::Column::WorkspaceId.eq(workspace.clone()))
            .filter(bot::Column::IsArchived.eq(false))
            .filter(match folder {
                Some(folder) => bot::Column::FolderId.eq(folder.clone()),
                None => bot::Column::FolderId.is_null(),
            });
        if let Some(before) = before {
            select = select.filter(bot::Column::Id.lt(before.clone()));
        }
        select
            .order_by_desc(bot::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading a folder's bots")
    }

    async fn update(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        update: UpdateMany<bot::Entity>,
    ) -> Result<bool> {
        let update = update.filter(row(workspace, id));
        let written = update.exec(&self.0).await.during("changing a bot")?;
        Ok(written.rows_affected == 1)
    }

    /// Sets the version that visitors talk to; says whether the bot exists.
    pub async fn set_published(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        version: Option<&VersionId>,
    ) -> Result<bool> {
        let written = bot::Entity::update_many()
            .col_expr(
                bot::Column::PublishedVersionId,
                Expr::value(version.cloned()),
            )
            .filter(row(workspace, id))
            .exec(&self.0)
            .await
            .during("publishing a bot")?;
        Ok(written.rows_affected == 1)
    }

    /// Closes or opens, archives or brings back; says whether the bot exists.
    pub async fn set_flags(
        &self,
        workspace: &WorkspaceId,
        id: &BotId,
        flags: BotFlags,
    ) -> Result<bool> {
        let written = bot::Entity::update_many()
            .col_expr(bot::Column::IsClosed, Expr::value(flags.is_closed))
            .col_expr(bot::Column::IsArchived, Expr::value(flags.is_archived))
            .filter(row(workspace, id))
            .exec(&self.0)
            .await
            .during("changing a bot")?;
        Ok(written.rows_affected == 1)
    }

    /// Removes a bot with its versions, results and conversations; says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &BotId) -> Result<bool> {
        removal::bot(&self.0, workspace.clone().into(), id.clone().into()).await
    }

    async fn one(
        &self,
        workspace: &WorkspaceId,
        which: impl sea_orm::sea_query::IntoCondition,
    ) -> Result<Option<Bot>> {
        let select: Select<bot::Entity> = bot::Entity::find()
            .filter(bot::Column::WorkspaceId.eq(workspace.clone()))
            .filter(which)
            .order_by_desc(bot::Column::Id);
        select.one(&self.0).await.during("reading a bot")
    }
}

/// A bot's new draft.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'d> {
    /// What people call the bot.
    pub name: &'d str,
    /// The id that the document had where it came from.
    pub source_id: Option<&'d str>,
    /// The document, as JSON text.
    pub document: &'d str,
}

/// Whether visitors are let in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BotFlags {
    /// Visitors are told that it is closed.
    pub is_closed: bool,
    /// Visitors do not find it.
    pub is_archived: bool,
}

fn next_revision() -> SimpleExpr {
    Expr::col(bot::Column::Revision).add(1_i64)
}

fn row(workspace: &WorkspaceId, id: &BotId) -> Condition {
    Condition::all()
        .add(bot::Column::WorkspaceId.eq(workspace.clone()))
        .add(bot::Column::Id.eq(id.clone()))
}
