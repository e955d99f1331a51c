//! What conversations leave behind.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::removal;
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
        newest(workspace, bot)
            .all(&self.0)
            .await
            .during("reading a bot's results")
    }

    /// A page of the results of a bot that pass the filter, the newest first; `before` is the place
    /// of the last of the page before.
    pub async fn page(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        filter: &ResultFilter,
        before: Option<&ResultPlace>,
        limit: u64,
    ) -> Result<Vec<ConversationResult>> {
        let mut select = newest(workspace, bot).filter(filter.condition());
        if let Some(place) = before {
            let here = Expr::tuple([
                Expr::col(result::Column::CreatedAt),
                Expr::col(result::Column::Id),
            ]);
            let there = Expr::tuple([place.created_at.into(), place.id.as_str().into()]);
            select = select.filter(here.lt(there));
        }
        select
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading a bot's results")
    }

    /// How many results of a bot pass the filter.
    pub async fn count(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        filter: &ResultFilter,
    ) -> Result<u64> {
        result::Entity::find()
            .filter(result::Column::BotId.eq(bot.clone()))
            .filter(result::Column::WorkspaceId.eq(workspace.clone()))
            .filter(filter.condition())
            .count(&self.0)
            .await
            .during("counting results")
    }

    /// Hides results of a bot from lists, or shows them again; gives how many there were.
    pub async fn set_archived(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        ids: &[ResultId],
        is_archived: bool,
    ) -> Result<u64> {
        let written = result::Entity::update_many()
            .col_expr(result::Column::IsArchived, Expr::value(is_archived))
            .filter(result::Column::WorkspaceId.eq(workspace.clone()))
            .filter(result::Column::BotId.eq(bot.clone()))
            .filter(result::Column::Id.is_in(ids.iter().cloned()))
            .exec(&self.0)
            .await
            .during("archiving results")?;
        Ok(written.rows_affected)
    }

    /// Removes results of a bot with everything that belongs to them; gives how many there were.
    pub async fn remove(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        ids: &[ResultId],
    ) -> Result<u64> {
        let own: Vec<String> = result::Entity::find()
            .select_only()
            .column(result::Column::Id)
            .filter(result::Column::WorkspaceId.eq(workspace.clone()))
            .filter(result::Column::BotId.eq(bot.clone()))
            .filter(result::Column::Id.is_in(ids.iter().cloned()))
            .into_tuple()
            .all(&self.0)
            .await
            .during("looking for results")?;
        removal::results(&self.0, &own).await
    }
}

/// Which results are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultFilter {
    /// Began at this time or later: milliseconds since 1970, UTC.
    pub from_ms: Option<i64>,
    /// Began before: milliseconds since 1970, UTC.
    pub until_ms: Option<i64>,
    /// At least one answer was given, or none was.
    pub has_started: Option<bool>,
    /// The end was reached, or was not.
    pub is_completed: Option<bool>,
    /// Hidden ones instead of the others.
    pub is_archived: bool,
    /// An answer holds this text, in letters of any case.
    pub text: Option<String>,
}

/// Where a result stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultPlace {
    /// When it began: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// Its id.
    pub id: ResultId,
}

impl From<&ConversationResult> for ResultPlace {
    fn from(result: &ConversationResult) -> Self {
        Self {
            created_at: result.created_at,
            id: result.id.clone(),
        }
    }
}

impl ResultFilter {
    fn condition(&self) -> Condition {
        use result::Column::{CreatedAt, HasStarted, IsArchived, IsCompleted};
        Condition::all()
            .add(IsArchived.eq(self.is_archived))
            .add_option(self.from_ms.map(|from| CreatedAt.gte(from)))
            .add_option(self.until_ms.map(|until| CreatedAt.lt(until)))
            .add_option(self.has_started.map(|started| HasStarted.eq(started)))
            .add_option(self.is_completed.map(|completed| IsCompleted.eq(completed)))
            .add_option(self.text.as_deref().map(has_answer))
    }
}

/// Looks result by result, in the list's order, so that a page ends with its last line. `OFFSET`
/// keeps PostgreSQL from turning the search round and reading the answers of all bots.
fn has_answer(text: &str) -> Expr {
    let content = || Expr::col(("answers", "content"));
    // Databases know the other case of some letters only: the text as it is counts too.
    let lower = Func::lower(content()).like(containing(&text.to_lowercase()));
    let exact = content().like(containing(text));
    let answers = Query::select()
        .expr(Expr::val(1))
        .from("answers")
        .and_where(Expr::col(("answers", "result_id")).equals(("results", "id")))
        .and_where(lower.or(exact))
        .limit(1)
        .offset(0)
        .to_owned();
    Expr::exists(answers)
}

fn containing(text: &str) -> LikeExpr {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

fn newest(workspace: &WorkspaceId, bot: &BotId) -> Select<result::Entity> {
    result::Entity::find()
        .filter(result::Column::BotId.eq(bot.clone()))
        .filter(result::Column::WorkspaceId.eq(workspace.clone()))
        .order_by_desc(result::Column::CreatedAt)
        .order_by_desc(result::Column::Id)
}

fn kept(workspace: &WorkspaceId, bot: &BotId) -> Select<result::Entity> {
    result::Entity::find()
        .filter(result::Column::WorkspaceId.eq(workspace.clone()))
        .filter(result::Column::BotId.eq(bot.clone()))
        .filter(result::Column::HasStarted.eq(true))
        .filter(result::Column::IsArchived.eq(false))
}
