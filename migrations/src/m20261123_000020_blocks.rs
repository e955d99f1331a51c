//! The life of installed blocks: versions side by side, what was allowed, what was done to them, and
//! what they sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean, integer_null, string, string_null, text,
    text_null,
};

use crate::change::{drop_tables, goes_with, run};

/// Creates the tables of blocks. Those of before were never filled.
#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [&str; 5] = [
    "CREATE INDEX installed_blocks_by_name ON installed_blocks (name, installed_at)",
    "CREATE INDEX egress_log_by_bot ON egress_log (bot_id, id)",
    "CREATE INDEX egress_log_by_block ON egress_log (block, id)",
    "CREATE INDEX egress_log_by_host ON egress_log (host, id)",
    "CREATE INDEX egress_log_by_age ON egress_log (sent_at)",
];

const BEFORE: [&str; 1] =
    ["CREATE INDEX installed_blocks_by_type ON installed_blocks (block_type, installed_at)"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["block_grants", "installed_blocks"]).await?;
        let tables = [
            installed_blocks(),
            block_grants(),
            blocks_off(),
            block_events(),
            egress_log(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        run(manager, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "egress_log",
            "block_events",
            "blocks_off",
            "block_grants",
            "installed_blocks",
        ];
        drop_tables(manager, &tables).await?;
        manager.create_table(installed_blocks_before()).await?;
        manager.create_table(block_grants()).await?;
        run(manager, &BEFORE).await
    }
}

/// One row for each version. The installation's: every workspace has the same blocks.
fn installed_blocks() -> TableCreateStatement {
    Table::create()
        .table("installed_blocks")
        // The component's digest, which also names its file.
        .col(string("id").primary_key())
        // `publisher/name`
        .col(string("name"))
        .col(string("version"))
        .col(text("manifest"))
        .col(big_integer("size"))
        // staged, active or old
        .col(string("state"))
        // It came with a server.
        .col(boolean("is_first_party"))
        // Why it was taken out, where its calls only break.
        .col(text_null("broken"))
        .col(string_null("installed_by"))
        .col(big_integer("installed_at"))
        // The last time it became active: the way back leads to the latest of the others.
        .col(big_integer_null("activated_at"))
        .to_owned()
}

fn installed_blocks_before() -> TableCreateStatement {
    Table::create()
        .table("installed_blocks")
        .col(string("id").primary_key())
        .col(string("block_type"))
        .col(string("version"))
        .col(text("manifest"))
        .col(boolean("is_current"))
        .col(string_null("installed_by"))
        .col(big_integer("installed_at"))
        .to_owned()
}

fn block_grants() -> TableCreateStatement {
    Table::create()
        .table("block_grants")
        .col(string("block_id"))
        // By its name: `scripts`, `network:api.example.com`.
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

/// Blocks that a workspace does not use.
fn blocks_off() -> TableCreateStatement {
    Table::create()
        .table("blocks_off")
        .col(string("workspace_id"))
        .col(string("name"))
        .col(string_null("changed_by"))
        .col(big_integer("changed_at"))
        .primary_key(Index::create().col("workspace_id").col("name"))
        .foreign_key(&mut goes_with("blocks_off", "workspace_id", "workspaces"))
        .to_owned()
}

/// Appended to, never changed: servers look at how many there are to learn of a change.
fn block_events() -> TableCreateStatement {
    Table::create()
        .table("block_events")
        .col(big_pk_auto("id"))
        .col(string("name"))
        .col(string("version"))
        .col(string("action"))
        .col(text_null("details"))
        .col(string_null("user_id"))
        .col(big_integer("created_at"))
        .to_owned()
}

/// Every request that a block sent or tried to send; it names things that may be gone.
fn egress_log() -> TableCreateStatement {
    Table::create()
        .table("egress_log")
        .col(big_pk_auto("id"))
        .col(big_integer("sent_at"))
        .col(string("workspace_id"))
        .col(string("bot_id"))
        .col(string("block"))
        .col(string("version"))
        .col(string_null("credential_id"))
        .col(string("method"))
        .col(string("host"))
        .col(big_integer("bytes_out"))
        .col(big_integer("bytes_in"))
        .col(integer_null("status"))
        // Why there is no status.
        .col(text_null("refused"))
        .to_owned()
}
