//! Conversations: sessions, what they leave behind, and their journal.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, blob, boolean, integer, string, string_null, text, text_null,
};

/// Creates the tables of conversations.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            sessions(),
            results(),
            answers(),
            logs(),
            visited_edges(),
            variable_history(),
            journal(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("results_by_bot", "results", ["bot_id", "id"]),
            ("answers_by_result", "answers", ["result_id", "id"]),
            ("logs_by_result", "logs", ["result_id", "id"]),
        ] {
            let [first, second] = columns;
            let index = Index::create()
                .name(name)
                .table(table)
                .col(first)
                .col(second)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "journal",
            "variable_history",
            "visited_edges",
            "logs",
            "answers",
            "results",
            "sessions",
        ] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("bot_id"))
        .col(string("version_id"))
        .col(string_null("result_id"))
        .col(text("state"))
        // Counts the turns: a write names the one it read, so that no step is taken twice.
        .col(big_integer("turn"))
        .col(boolean("is_preview"))
        .col(big_integer("created_at"))
        // Not indexed: every reply changes it. Clean-up scans.
        .col(big_integer("updated_at"))
        .to_owned()
}

fn results() -> TableCreateStatement {
    Table::create()
        .table("results")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("bot_id"))
        .col(string_null("session_id"))
        .col(text("variables"))
        .col(boolean("has_started"))
        .col(boolean("is_completed"))
        .col(boolean("is_archived").default(false))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .from("results", "bot_id")
                .to("bots", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn answers() -> TableCreateStatement {
    Table::create()
        .table("answers")
        .col(big_pk_auto("id"))
        .col(string("result_id"))
        .col(string("block_id"))
        .col(text("content"))
        .col(text_null("attached_file_urls"))
        .col(big_integer("created_at"))
        .foreign_key(&mut of_result("answers"))
        .to_owned()
}

fn logs() -> TableCreateStatement {
    Table::create()
        .table("logs")
        .col(big_pk_auto("id"))
        .col(string("result_id"))
        .col(string("status"))
        .col(text("description"))
        .col(text_null("details"))
        .col(text_null("context"))
        .col(big_integer("created_at"))
        .foreign_key(&mut of_result("logs"))
        .to_owned()
}

fn visited_edges() -> TableCreateStatement {
    Table::create()
        .table("visited_edges")
        .col(string("result_id"))
        .col(integer("index"))
        .col(string("edge_id"))
        .primary_key(Index::create().col("result_id").col("index"))
        .foreign_key(&mut of_result("visited_edges"))
        .to_owned()
}

fn variable_history() -> TableCreateStatement {
    Table::create()
        .table("variable_history")
        .col(string("result_id"))
        .col(integer("index"))
        .col(string("block_id"))
        .col(integer("block_index"))
        .col(string("variable_id"))
        .col(text("value"))
        .primary_key(Index::create().col("result_id").col("index"))
        .foreign_key(&mut of_result("variable_history"))
        .to_owned()
}

/// Outlives its session, which is deleted when the conversation ends.
fn journal() -> TableCreateStatement {
    Table::create()
        .table("journal")
        .col(string("session_id"))
        .col(big_integer("turn"))
        .col(string("workspace_id"))
        .col(string_null("result_id"))
        .col(blob("entry"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("session_id").col("turn"))
        .to_owned()
}

fn of_result(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "result_id")
        .to("results", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
