//! Accepted answers.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::of_workspace;
use crate::bulk::{Bulk, plain};
use crate::entity::answer;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Answer, ResultId, WorkspaceId};

/// Accepted answers.
pub struct Answers<'c>(pub(crate) Executor<'c>);

/// An answer that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// The result.
    pub result_id: ResultId,
    /// The input block.
    pub block_id: String,
    /// As it was understood.
    pub content: String,
    /// Addresses of attached files, as JSON text.
    pub attached_file_urls: Option<String>,
}

const INSERT: Bulk = Bulk {
    head: "INSERT INTO answers (result_id, block_id, content, attached_file_urls, created_at)",
    columns: &plain::<5>(),
    tail: "",
};

impl Answers<'_> {
    /// Adds answers in their order.
    pub async fn add(&self, answers: &[&NewAnswer], now_ms: i64) -> Result<()> {
        let rows = answers.iter().map(|answer| {
            vec![
                answer.result_id.clone().into(),
                answer.block_id.clone().into(),
                answer.content.clone().into(),
                answer.attached_file_urls.clone().into(),
                now_ms.into(),
            ]
        });
        INSERT.execute(&self.0, rows).await.during("adding answers")
    }

    /// The answers of a result in their order.
    pub async fn of_result(
        &self,
        workspace: &WorkspaceId,
        result: &ResultId,
    ) -> Result<Vec<Answer>> {
        answer::Entity::find()
            .filter(answer::Column::ResultId.in_subquery(of_workspace(workspace, result)))
            .order_by_asc(answer::Column::Id)
            .all(&self.0)
            .await
            .during("reading answers")
    }

    /// The answers of several results of a bot, each result's in their order.
    pub async fn of_results(
        &self,
        workspace: &WorkspaceId,
        results: &[ResultId],
    ) -> Result<Vec<Answer>> {
        let owned = Query::select()
            .column("id")
            .from("results")
            .and_where(Expr::col("workspace_id").eq(workspace.as_str()))
            .and_where(Expr::col("id").is_in(results.iter().map(ResultId::as_str)))
            .to_owned();
        answer::Entity::find()
            .filter(answer::Column::ResultId.in_subquery(owned))
            .order_by_asc(answer::Column::Id)
            .all(&self.0)
            .await
            .during("reading answers")
    }
}
