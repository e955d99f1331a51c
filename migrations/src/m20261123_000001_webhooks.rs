//! Webhook endpoints say which events they want, and what they sign with is sealed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, text, text_null,
};

use crate::change::{drop_tables, goes_with, run};

/// Makes the table of webhook endpoints anew. Nothing could add an endpoint until now: there are no
/// rows to be kept.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// A change of keys looks for what the old ones seal.
const INDEXES: [&str; 1] =
    ["CREATE INDEX webhook_endpoints_by_key ON webhook_endpoints (data_key_id, id)"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["webhook_endpoints"]).await?;
        manager.create_table(endpoints()).await?;
        run(manager, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["webhook_endpoints"]).await?;
        manager.create_table(endpoints_before()).await
    }
}

/// A key that seals something cannot be deleted.
fn endpoints() -> TableCreateStatement {
    Table::create()
        .table("webhook_endpoints")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        // Null: every bot of the workspace.
        .col(string_null("bot_id"))
        .col(text("url"))
        // The names of the events that it wants: a JSON list.
        .col(text("events"))
        // What deliveries are signed with, and the key that it is sealed with.
        .col(text("sealed_secret"))
        .col(string("data_key_id"))
        // Who is told when it is disabled.
        .col(text_null("contact"))
        .col(big_integer_null("failing_since"))
        .col(big_integer_null("disabled_at"))
        .col(text_null("disabled_reason"))
        .col(big_integer("created_at"))
        .index(Index::create().col("workspace_id").col("id").unique())
        .foreign_key(&mut goes_with(
            "webhook_endpoints",
            "workspace_id",
            "workspaces",
        ))
        .foreign_key(&mut goes_with("webhook_endpoints", "bot_id", "bots"))
        .foreign_key(
            ForeignKey::create()
                .from("webhook_endpoints", "data_key_id")
                .to("data_keys", "id"),
        )
        .to_owned()
}

fn endpoints_before() -> TableCreateStatement {
    Table::create()
        .table("webhook_endpoints")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(text("url"))
        .col(text("secret"))
        .col(text_null("contact"))
        .col(big_integer_null("failing_since"))
        .col(big_integer_null("disabled_at"))
        .col(text_null("disabled_reason"))
        .col(big_integer("created_at"))
        .index(Index::create().col("workspace_id").col("id").unique())
        .to_owned()
}
