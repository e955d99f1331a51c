//! Files that nobody needs any more. Clean-up belongs to no workspace: what comes back names the
//! workspace, and every further step goes through it.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::StoredFile;
use crate::entity::file;
use crate::error::{Context, Result};
use crate::executor::Executor;

/// Files that nobody needs any more, of all workspaces.
pub struct StaleFiles<'c>(pub(crate) Executor<'c>);

/// From when on a file counts as stale: milliseconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleSince {
    /// Announced before this and not known to have arrived.
    pub announced_ms: i64,
    /// Sent in a preview before this.
    pub preview_ms: i64,
    /// Sent before this, and the result it belonged to is gone.
    pub orphaned_ms: i64,
}

impl StaleFiles<'_> {
    /// The first files that are stale, the oldest first.
    pub async fn find(&self, since: StaleSince, limit: u64) -> Result<Vec<StoredFile>> {
        let announced = file::Column::Size
            .is_null()
            .and(file::Column::CreatedAt.lt(since.announced_ms));
        let of_previews = file::Column::ResultId
            .is_null()
            .and(file::Column::CreatedAt.lt(since.preview_ms));
        let results = Query::select()
            .expr(Expr::val(1))
            .from("results")
            .and_where(Expr::col(("results", "id")).equals(("files", "result_id")))
            .to_owned();
        let orphaned = file::Column::ResultId
            .is_not_null()
            .and(file::Column::CreatedAt.lt(since.orphaned_ms))
            .and(Expr::exists(results).not());
        file::Entity::find()
            .filter(
                Condition::any()
                    .add(announced)
                    .add(of_previews)
                    .add(orphaned),
            )
            .order_by_asc(file::Column::CreatedAt)
            .limit(limit)
            .all(&self.0)
            .await
            .during("looking for stale files")
    }
}
