//! Indexes for what is listed and cleaned up, and files that wait for their removal.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

use crate::change::{add_columns, drop_columns, run};

/// Creates the indexes.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// None of them names a column that a turn changes: PostgreSQL then writes a changed row beside the
/// old one without touching any index. So sessions are found by when they began, and journals by
/// their sessions' ids, which sort by time.
const UP: [&str; 11] = [
    "DROP INDEX results_by_bot",
    "CREATE INDEX results_by_bot ON results (bot_id, created_at, id)",
    "CREATE INDEX results_by_workspace ON results (workspace_id, created_at, id)",
    "CREATE INDEX sessions_by_age ON sessions (created_at)",
    "CREATE INDEX sessions_by_bot ON sessions (bot_id)",
    "CREATE INDEX journal_by_result ON journal (result_id) WHERE result_id IS NOT NULL",
    "CREATE INDEX journal_of_previews ON journal (created_at) WHERE result_id IS NULL",
    "CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
    "CREATE INDEX files_by_bot ON files (bot_id, created_at)",
    // Few rows at any time: what never came, what a preview got, what is to go.
    "CREATE INDEX files_to_look_at ON files (created_at) \
     WHERE size IS NULL OR result_id IS NULL OR removed_at IS NOT NULL",
    "CREATE INDEX files_by_workspace ON files (workspace_id)",
];

const DOWN: [&str; 11] = [
    "DROP INDEX files_by_workspace",
    "DROP INDEX files_to_look_at",
    "DROP INDEX files_by_bot",
    "DROP INDEX idempotency_keys_by_age",
    "DROP INDEX journal_of_previews",
    "DROP INDEX journal_by_result",
    "DROP INDEX sessions_by_bot",
    "DROP INDEX sessions_by_age",
    "DROP INDEX results_by_workspace",
    "DROP INDEX results_by_bot",
    "CREATE INDEX results_by_bot ON results (bot_id, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Since when nothing names the file any more; its row stays until the file is gone too.
        add_columns(manager, "files", [big_integer_null("removed_at")]).await?;
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &DOWN).await?;
        drop_columns(manager, "files", &["removed_at"]).await
    }
}
