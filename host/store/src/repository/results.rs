//! What conversations leave behind.

use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::bulk::{Bulk, plain};
use crate::entity::result;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, ConversationResult, ResultId, SessionId, WorkspaceId};

/// What conversations leave behind.
pub struct Results<'c>(pub(crate) Executor<'c>);

/// How a result stands after a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultState {
    /// The result, which is made when it is missing.
    pub id: ResultId,
    /// The bot it belongs to.
    pub bot_id: BotId,
    /// `[{id, name, value}]`, as JSON text.
    pub variables: String,
    /// At least one answer was given.
    pub has_started: bool,
    /// The conversation reached its end; never taken back.
    pub is_completed: bool,
}

const SAVE: Bulk = Bulk {
    head: "INSERT INTO results (id, workspace_id, bot_id, session_id, variables, has_started, \
           is_completed, is_archived, created_at, updated_at)",
    columns: &plain::<10>(),
    tail: " ON CONFLICT (id) DO UPDATE SET session_id = excluded.session_id, \
           variables = excluded.variables, \
           has_started = results.has_started OR excluded.has_started, \
           is_completed = results.is_completed OR excluded.is_completed, \
           updated_at = excluded.updated_at \
           WHERE results.workspace_id = excluded.workspace_id",
};

impl Results<'_> {
    /// Makes or updates results, each at most once in a call; another workspace's stay as they are.
    pub async fn save(
        &self,
        results: &[(&WorkspaceId, &SessionId, &ResultState)],
        now_ms: i64,
    ) -> Result<()> {
        let rows = results.iter().map(|(workspace, session, result)| {
            vec![
                result.id.clone().into(),
                (*workspace).clone().into(),
                result.bot_id.clone().into(),
                (*session).clone().into(),
                result.variables.clone().into(),
                result.has_started.into(),
                result.is_completed.into(),
                false.into(),
                now_ms.into(),
                now_ms.into(),
            ]
        });
        SAVE.execute(&self.0, rows).await.during("saving results")
    }

    /// Finds a result of a bot.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        id: &ResultId,
    ) -> Result<Option<ConversationResult>> {
        result::Entity::find_by_id(id.clone())
            .filter(result::Column::WorkspaceId.eq(workspace.clone()))
            .filter(result::Column::BotId.eq(bot.clone()))
            .one(&self.0)
            .await
            .during("reading a result")
    }

    /// The bot and the conversation of a result.
    pub async fn whose(
        &self,
        workspace: &WorkspaceId,
        id: &ResultId,
    ) -> Result<Option<ConversationResult>> {
        result::Entity::find_by_id(id.clone())
            .filter(result::Column::WorkspaceId.eq(workspace.clone()))
            .one(&self.0)
            .await
            .during("reading a result")
    }

    /// The bot's results that hold an answer and are not archived, the newest first: those that are
    /// older than the last one of the page before.
    pub async fn page(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        before: Option<&ResultId>,
        limit: u64,
    ) -> Result<Vec<ConversationResult>> {
        let mut page = kept(workspace, bot);
        if let Some(before) = before {
            page = page.filter(result::Column::Id.lt(before.clone()));
        }
        page.order_by_desc(result::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading a bot's results")
    }

    /// How many results [`Results::page`] goes through.
    pub async fn count(&self, workspace: &WorkspaceId, bot: &BotId) -> Result<u64> {
        let count = kept(workspace, bot).count(&self.0).await;
        count.during("counting a bot's results")
    }

    /// All results of a bot, the newest first.
    pub async fn of_bot(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
    ) -> Result<Vec<ConversationResult>> {
        result::Entity::find()
            .filter(result::Column::WorkspaceId.eq(workspace.clone()))
            .filter(result::Column::BotId.eq(bot.clone()))
            .order_by_desc(result::Column::Id)
            .all(&self.0)
            .await
            .during("reading a bot's results")
    }
}

fn kept(workspace: &WorkspaceId, bot: &BotId) -> Select<result::Entity> {
    result::Entity::find()
        .filter(result::Column::WorkspaceId.eq(workspace.clone()))
        .filter(result::Column::BotId.eq(bot.clone()))
        .filter(result::Column::HasStarted.eq(true))
        .filter(result::Column::IsArchived.eq(false))
}
