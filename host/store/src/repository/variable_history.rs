//! Changes of the variables that a transcript shows.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::of_workspace;
use crate::bulk::{Bulk, plain};
use crate::entity::variable_change;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{ResultId, VariableChange, WorkspaceId};

/// Changes of variables.
pub struct VariableHistory<'c>(pub(crate) Executor<'c>);

const INSERT: Bulk = Bulk {
    head: "INSERT INTO variable_history (result_id, \"index\", block_id, block_index, \
           variable_id, value)",
    columns: &plain::<6>(),
    tail: " ON CONFLICT DO NOTHING",
};

impl VariableHistory<'_> {
    /// Adds changes; a place that is taken stays as it is.
    pub async fn add(&self, changes: &[&VariableChange]) -> Result<()> {
        let rows = changes.iter().map(|change| {
            vec![
                change.result_id.clone().into(),
                change.index.into(),
                change.block_id.clone().into(),
                change.block_index.into(),
                change.variable_id.clone().into(),
                change.value.clone().into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .during("adding changes of variables")
    }

    /// The changes of a result in their order.
    pub async fn of_result(
        &self,
        workspace: &WorkspaceId,
        result: &ResultId,
    ) -> Result<Vec<VariableChange>> {
        variable_change::Entity::find()
            .filter(variable_change::Column::ResultId.in_subquery(of_workspace(workspace, result)))
            .order_by_asc(variable_change::Column::Index)
            .all(&self.0)
            .await
            .during("reading changes of variables")
    }
}
