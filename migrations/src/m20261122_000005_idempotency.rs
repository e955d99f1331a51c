//! Requests that are told apart by a key when they are sent again, and what was installed when
//! conversations were recorded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, text};

/// Creates the tables.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(idempotency_keys()).await?;
        manager.create_table(catalogs()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["catalogs", "idempotency_keys"] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

/// The reply is not kept: it is rebuilt from the journal.
fn idempotency_keys() -> TableCreateStatement {
    Table::create()
        .table("idempotency_keys")
        // What the key is unique within: the bot of a start, the session of a reply.
        .col(string("scope"))
        .col(string("key"))
        .col(string("workspace_id"))
        .col(string("session_id"))
        .col(big_integer("turn"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("scope").col("key"))
        .to_owned()
}

/// Named by a digest of their content: written once, never changed.
fn catalogs() -> TableCreateStatement {
    Table::create()
        .table("catalogs")
        .col(string("id").primary_key())
        .col(text("content"))
        .to_owned()
}
