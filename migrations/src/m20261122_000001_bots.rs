//! Workspaces, bots and their published versions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, string, string_null, text};

use crate::DEFAULT_WORKSPACE;

/// Creates the tables and the first workspace.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(workspaces()).await?;
        manager.create_table(bots()).await?;
        manager.create_table(versions()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let first = Query::insert()
            .into_table("workspaces")
            .columns(["id", "name", "created_at"])
            .values_panic([DEFAULT_WORKSPACE.into(), "Workspace".into(), 0i64.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["versions", "bots", "workspaces"] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn workspaces() -> TableCreateStatement {
    Table::create()
        .table("workspaces")
        .col(string("id").primary_key())
        .col(string("name"))
        .col(big_integer("created_at"))
        .to_owned()
}

fn bots() -> TableCreateStatement {
    Table::create()
        .table("bots")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("name"))
        .col(string("public_id").unique_key())
        // The id that the document had where it came from: links between bots name it.
        .col(string_null("source_id"))
        .col(text("document"))
        .col(string_null("published_version_id"))
        .col(boolean("is_closed").default(false))
        .col(boolean("is_archived").default(false))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .from("bots", "workspace_id")
                .to("workspaces", "id"),
        )
        .to_owned()
}

fn versions() -> TableCreateStatement {
    Table::create()
        .table("versions")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("bot_id"))
        .col(text("document"))
        // Block type → exact version and digest, as JSON.
        .col(text("lock"))
        .col(big_integer("created_at"))
        .foreign_key(
            ForeignKey::create()
                .from("versions", "bot_id")
                .to("bots", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let index = |name: &str, table: &'static str, columns: [&'static str; 2]| {
        let [first, second] = columns;
        Index::create()
            .name(name)
            .table(table)
            .col(first)
            .col(second)
            .to_owned()
    };
    [
        index("bots_by_workspace", "bots", ["workspace_id", "id"]),
        index("bots_by_source", "bots", ["workspace_id", "source_id"]),
        index("versions_by_bot", "versions", ["bot_id", "id"]),
    ]
}
