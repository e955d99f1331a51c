//! Indexes for what is listed and cleaned up.

use sea_orm_migration::prelude::*;

use crate::change::run;

/// Creates the indexes.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// None of them names a column that a turn changes: PostgreSQL then writes a changed row beside the
/// old one without touching any index. So sessions are found by when they began, and journals by
/// their sessions' ids, which sort by time.
const UP: [&str; 8] = [
    "DROP INDEX results_by_bot",
    "CREATE INDEX results_by_bot ON results (bot_id, created_at, id)",
    "CREATE INDEX results_by_workspace ON results (workspace_id, created_at, id)",
    "CREATE INDEX sessions_by_age ON sessions (created_at)",
    "CREATE INDEX sessions_by_bot ON sessions (bot_id)",
    "CREATE INDEX journal_by_result ON journal (result_id) WHERE result_id IS NOT NULL",
    "CREATE INDEX journal_of_previews ON journal (created_at) WHERE result_id IS NULL",
    "CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
];

const DOWN: [&str; 8] = [
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
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &DOWN).await
    }
}
