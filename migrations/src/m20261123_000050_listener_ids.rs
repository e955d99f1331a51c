//! The ids of signed requests that came for listeners.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

use crate::change::{drop_tables, goes_with};

/// Creates the table.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(listener_ids()).await?;
        let index = Index::create()
            .name("listener_ids_by_age")
            .table("listener_ids")
            .col("created_at")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["listener_ids"]).await
    }
}

/// Rows outlive the messages, which go as soon as a conversation took them.
fn listener_ids() -> TableCreateStatement {
    Table::create()
        .table("listener_ids")
        .col(string("room"))
        .col(string("block_id"))
        // As the sender names its message.
        .col(string("sent_id"))
        .col(string("workspace_id"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("room").col("block_id").col("sent_id"))
        .foreign_key(&mut goes_with("listener_ids", "workspace_id", "workspaces"))
        .to_owned()
}
