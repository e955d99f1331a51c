//! Edges taken off the default path; the rest of a path follows from the document.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::of_workspace;
use crate::bulk::{Bulk, plain};
use crate::entity::visited_edge;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{ResultId, VisitedEdge, WorkspaceId};

/// Edges taken off the default path.
pub struct VisitedEdges<'c>(pub(crate) Executor<'c>);

const INSERT: Bulk = Bulk {
    head: "INSERT INTO visited_edges (result_id, \"index\", edge_id)",
    columns: &plain::<3>(),
    tail: " ON CONFLICT DO NOTHING",
};

impl VisitedEdges<'_> {
    /// Adds edges; a place that is taken stays as it is.
    pub async fn add(&self, edges: &[&VisitedEdge]) -> Result<()> {
        let rows = edges.iter().map(|edge| {
            vec![
                edge.result_id.clone().into(),
                edge.index.into(),
                edge.edge_id.clone().into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .during("adding visited edges")
    }

    /// The edges of a result in their order.
    pub async fn of_result(
        &self,
        workspace: &WorkspaceId,
        result: &ResultId,
    ) -> Result<Vec<VisitedEdge>> {
        visited_edge::Entity::find()
            .filter(visited_edge::Column::ResultId.in_subquery(of_workspace(workspace, result)))
            .order_by_asc(visited_edge::Column::Index)
            .all(&self.0)
            .await
            .during("reading visited edges")
    }
}
