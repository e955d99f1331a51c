//! How large an announced file may become, and quick ways to files that nobody needs any more.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

/// Adds the limit and the indexes.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Both are partial: files that were sent in conversations pay nothing for them.
const INDEXES: [&str; 2] = [
    "CREATE INDEX files_announced ON files (created_at) WHERE size IS NULL",
    "CREATE INDEX files_of_previews ON files (created_at) WHERE result_id IS NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let limit = Table::alter()
            .table("files")
            .add_column(big_integer_null("max_size"))
            .to_owned();
        manager.alter_table(limit).await?;
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["files_announced", "files_of_previews"] {
            let index = Index::drop().name(name).table("files").to_owned();
            manager.drop_index(index).await?;
        }
        let no_limit = Table::alter()
            .table("files")
            .drop_column("max_size")
            .to_owned();
        manager.alter_table(no_limit).await
    }
}
