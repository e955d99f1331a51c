//! Tokens for programs, and versions that are drafts as a preview found them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string};

/// Creates the table of tokens and marks versions of previews.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(api_tokens()).await?;
        let mark = Table::alter()
            .table("versions")
            .add_column(boolean("is_preview").default(false))
            .to_owned();
        manager.alter_table(mark).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let unmark = Table::alter()
            .table("versions")
            .drop_column("is_preview")
            .to_owned();
        manager.alter_table(unmark).await?;
        let drop = Table::drop().table("api_tokens").to_owned();
        manager.drop_table(drop).await
    }
}

fn api_tokens() -> TableCreateStatement {
    Table::create()
        .table("api_tokens")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("name"))
        // SHA-256 of the token, in hexadecimal digits; the token itself is kept nowhere.
        .col(string("digest").unique_key())
        .col(big_integer("created_at"))
        .col(big_integer_null("last_used_at"))
        .foreign_key(
            ForeignKey::create()
                .from("api_tokens", "workspace_id")
                .to("workspaces", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
