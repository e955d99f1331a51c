//! Files that visitors send, and messages that wait for conversations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean, string, string_null, text,
};

/// Creates the tables of files and of waiting messages.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(files()).await?;
        manager.create_table(listener_messages()).await?;
        for index in [
            index("files_by_result", "files", &["result_id"]),
            index(
                "listener_messages_by_room",
                "listener_messages",
                &["room", "id"],
            ),
            index(
                "listener_messages_by_age",
                "listener_messages",
                &["created_at"],
            ),
        ] {
            manager.create_index(index).await?;
        }
        // A partial index: the sessions of visitors, which change all the time, pay nothing for it.
        const PREVIEWS: &str =
            "CREATE INDEX sessions_previews ON sessions (bot_id) WHERE is_preview";
        let connection = manager.get_connection();
        connection.execute_unprepared(PREVIEWS).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop()
            .name("sessions_previews")
            .table("sessions")
            .to_owned();
        manager.drop_index(index).await?;
        for table in ["listener_messages", "files"] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

/// Rows outlive their results, so that a clean-up finds the files of results that are gone.
fn files() -> TableCreateStatement {
    Table::create()
        .table("files")
        // The path in the storage without the name.
        .col(string("folder"))
        .col(string("name"))
        .col(string("workspace_id"))
        .col(string("bot_id"))
        .col(string_null("result_id"))
        .col(string("block_id"))
        .col(string("media_type"))
        .col(boolean("is_private"))
        // Null until the file has arrived.
        .col(big_integer_null("size"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("folder").col("name"))
        .to_owned()
}

fn listener_messages() -> TableCreateStatement {
    Table::create()
        .table("listener_messages")
        .col(big_pk_auto("id"))
        .col(string("workspace_id"))
        // A result's id; in a preview the session's.
        .col(string("room"))
        // Null: for whichever listener comes first.
        .col(string_null("block_id"))
        .col(text("body"))
        // The turn of the conversation that waited when a page got it; null before.
        .col(big_integer_null("delivered_turn"))
        .col(big_integer("created_at"))
        .to_owned()
}

fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
