//! Log lines of conversations.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::of_workspace;
use crate::bulk::{Bulk, plain};
use crate::entity::log;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Log, ResultId, WorkspaceId};

/// Log lines of conversations.
pub struct Logs<'c>(pub(crate) Executor<'c>);

/// A log line that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLog {
    /// The result.
    pub result_id: ResultId,
    /// `error`, `warning`, `info` or `success`.
    pub status: String,
    /// One sentence.
    pub description: String,
    /// More.
    pub details: Option<String>,
    /// Where it happened.
    pub context: Option<String>,
}

const INSERT: Bulk = Bulk {
    head: "INSERT INTO logs (result_id, status, description, details, context, created_at)",
    columns: &plain::<6>(),
    tail: "",
};

impl Logs<'_> {
    /// Adds lines in their order.
    pub async fn add(&self, lines: &[&NewLog], now_ms: i64) -> Result<()> {
        let rows = lines.iter().map(|line| {
            vec![
                line.result_id.clone().into(),
                line.status.clone().into(),
                line.description.clone().into(),
                line.details.clone().into(),
                line.context.clone().into(),
                now_ms.into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .during("adding log lines")
    }

    /// The lines of a result in their order.
    pub async fn of_result(&self, workspace: &WorkspaceId, result: &ResultId) -> Result<Vec<Log>> {
        log::Entity::find()
            .filter(log::Column::ResultId.in_subquery(of_workspace(workspace, result)))
            .order_by_asc(log::Column::Id)
            .all(&self.0)
            .await
            .during("reading log lines")
    }
}
