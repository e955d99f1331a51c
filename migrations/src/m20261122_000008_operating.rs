//! What an installation runs on, and what happened in it: blocks and their grants, the audit log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, boolean, string, string_null, text, text_null,
};

use crate::change::{drop_tables, goes_with, run};

/// Creates the tables of operating.
#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [&str; 3] = [
    "CREATE INDEX installed_blocks_by_type ON installed_blocks (block_type, installed_at)",
    "CREATE INDEX audit_log_by_workspace ON audit_log (workspace_id, id)",
    "CREATE INDEX audit_log_by_age ON audit_log (created_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [installed_blocks(), block_grants(), audit_log()] {
            manager.create_table(table).await?;
        }
        run(manager, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["audit_log", "block_grants", "installed_blocks"];
        drop_tables(manager, &tables).await
    }
}

/// The installation's: every workspace has the same blocks.
fn installed_blocks() -> TableCreateStatement {
    Table::create()
        .table("installed_blocks")
        // The component's digest, which also names its file.
        .col(string("id").primary_key())
        .col(string("block_type"))
        .col(string("version"))
        .col(text("manifest"))
        // New bots get this version of the type.
        .col(boolean("is_current"))
        .col(string_null("installed_by"))
        .col(big_integer("installed_at"))
        .to_owned()
}

fn block_grants() -> TableCreateStatement {
    Table::create()
        .table("block_grants")
        .col(string("block_id"))
        // One of the manifest's permissions, as JSON.
        .col(string("permission"))
        .col(string_null("granted_by"))
        .col(big_integer("granted_at"))
        .primary_key(Index::create().col("block_id").col("permission"))
        .foreign_key(&mut goes_with(
            "block_grants",
            "block_id",
            "installed_blocks",
        ))
        .to_owned()
}

/// Appended to, never changed. It names people and things that may be gone.
fn audit_log() -> TableCreateStatement {
    Table::create()
        .table("audit_log")
        .col(big_pk_auto("id"))
        .col(string("workspace_id"))
        // Null: the program itself.
        .col(string_null("user_id"))
        .col(string("action"))
        .col(string("target"))
        // As JSON; never a secret.
        .col(text_null("details"))
        .col(big_integer("created_at"))
        .foreign_key(&mut goes_with("audit_log", "workspace_id", "workspaces"))
        .to_owned()
}
