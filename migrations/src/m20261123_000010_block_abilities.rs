//! What the server keeps for blocks: values, the keys of mails that were sent, the addresses of
//! webhooks and the events that came to them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null, text};

use crate::change::{drop_tables, goes_with};

/// Creates the tables.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: [&str; 4] = [
    "webhook_events",
    "webhook_addresses",
    "sent_mails",
    "block_values",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            block_values(),
            sent_mails(),
            webhook_addresses(),
            webhook_events(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("block_values_by_owner", "block_values", "owner"),
            ("block_values_by_expiry", "block_values", "expires_at"),
            ("sent_mails_by_age", "sent_mails", "created_at"),
            ("webhook_events_by_age", "webhook_events", "created_at"),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &TABLES).await
    }
}

fn block_values() -> TableCreateStatement {
    Table::create()
        .table("block_values")
        .col(string("workspace_id"))
        // The component's id.
        .col(string("component"))
        // The result or preview that the value belongs to; empty: the whole workspace.
        .col(string("owner"))
        .col(string("key"))
        // In base64.
        .col(text("value"))
        .col(big_integer("bytes"))
        .col(big_integer_null("expires_at"))
        .primary_key(
            Index::create()
                .col("workspace_id")
                .col("component")
                .col("owner")
                .col("key"),
        )
        .foreign_key(&mut goes_with("block_values", "workspace_id", "workspaces"))
        .to_owned()
}

/// Only the keys: what was sent is nobody's business.
fn sent_mails() -> TableCreateStatement {
    Table::create()
        .table("sent_mails")
        .col(string("workspace_id"))
        .col(string("component"))
        // The conversation.
        .col(string("owner"))
        .col(string("key"))
        .col(big_integer("created_at"))
        .primary_key(
            Index::create()
                .col("workspace_id")
                .col("component")
                .col("owner")
                .col("key"),
        )
        .foreign_key(&mut goes_with("sent_mails", "workspace_id", "workspaces"))
        .to_owned()
}

/// An address is a secret: whoever knows it may send to it.
fn webhook_addresses() -> TableCreateStatement {
    Table::create()
        .table("webhook_addresses")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("block_type"))
        .col(string_null("credential_id"))
        .col(big_integer("created_at"))
        .foreign_key(&mut goes_with(
            "webhook_addresses",
            "workspace_id",
            "workspaces",
        ))
        .foreign_key(&mut goes_with(
            "webhook_addresses",
            "credential_id",
            "credentials",
        ))
        .index(
            Index::create()
                .unique()
                .name("webhook_addresses_of_credential")
                .col("workspace_id")
                .col("block_type")
                .col("credential_id"),
        )
        .to_owned()
}

fn webhook_events() -> TableCreateStatement {
    Table::create()
        .table("webhook_events")
        .col(string("address_id"))
        // As the sender names it.
        .col(string("event"))
        .col(string("workspace_id"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("address_id").col("event"))
        .foreign_key(&mut goes_with(
            "webhook_events",
            "address_id",
            "webhook_addresses",
        ))
        .to_owned()
}
