//! Building bots together: folders, edits, collaborators, what a version tells of itself.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string, string_null, text, text_null,
};

use crate::change::{add_columns, drop_columns, drop_tables, goes_with, run};

/// Creates the tables of building.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Versions that are there already are counted in the order of their publication.
const NUMBER: &str = "UPDATE versions SET number = (SELECT COUNT(*) FROM versions AS earlier \
     WHERE earlier.bot_id = versions.bot_id AND NOT earlier.is_preview \
     AND earlier.id <= versions.id) WHERE NOT is_preview";

const INDEXES: [&str; 7] = [
    "CREATE UNIQUE INDEX versions_by_number ON versions (bot_id, number) WHERE NOT is_preview",
    "CREATE INDEX versions_previews ON versions (created_at) WHERE is_preview",
    "CREATE INDEX bots_by_folder ON bots (workspace_id, folder_id, id)",
    "CREATE INDEX folders_by_parent ON folders (workspace_id, parent_id, name)",
    "CREATE INDEX collaborators_by_user ON collaborators (user_id)",
    "CREATE INDEX theme_templates_by_workspace ON theme_templates (workspace_id, id)",
    "CREATE INDEX custom_domains_by_workspace ON custom_domains (workspace_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            folders(),
            edits(),
            collaborators(),
            theme_templates(),
            custom_domains(),
        ] {
            manager.create_table(table).await?;
        }
        let bot = [
            string_null("folder_id"),
            string_null("icon"),
            // Its page says what it was made with.
            boolean("shows_brand").default(true).to_owned(),
            // Counts the changes of the draft.
            big_integer("revision").default(0).to_owned(),
        ];
        add_columns(manager, "bots", bot).await?;
        let version = [
            string_null("author_id"),
            text_null("note"),
            // 1, 2, 3 … of a bot; null in a preview.
            big_integer_null("number"),
        ];
        add_columns(manager, "versions", version).await?;
        run(manager, &[NUMBER]).await?;
        run(manager, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = [
            "DROP INDEX versions_by_number",
            "DROP INDEX versions_previews",
            "DROP INDEX bots_by_folder",
        ];
        run(manager, &indexes).await?;
        drop_columns(manager, "versions", &["number", "note", "author_id"]).await?;
        let bot = ["revision", "shows_brand", "icon", "folder_id"];
        drop_columns(manager, "bots", &bot).await?;
        let tables = [
            "custom_domains",
            "theme_templates",
            "collaborators",
            "edits",
            "folders",
        ];
        drop_tables(manager, &tables).await
    }
}

fn folders() -> TableCreateStatement {
    Table::create()
        .table("folders")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        // Null: it stands at the top.
        .col(string_null("parent_id"))
        .col(string("name"))
        .col(big_integer("created_at"))
        .foreign_key(&mut goes_with("folders", "workspace_id", "workspaces"))
        .to_owned()
}

/// Appended to, never changed.
fn edits() -> TableCreateStatement {
    Table::create()
        .table("edits")
        .col(string("bot_id"))
        // The draft's revision after the edit.
        .col(big_integer("revision"))
        .col(string("workspace_id"))
        .col(string_null("author_id"))
        .col(text("edit"))
        // What takes it back.
        .col(text("inverse"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("bot_id").col("revision"))
        .foreign_key(&mut goes_with("edits", "bot_id", "bots"))
        .to_owned()
}

fn collaborators() -> TableCreateStatement {
    Table::create()
        .table("collaborators")
        .col(string("bot_id"))
        .col(string("user_id"))
        .col(string("workspace_id"))
        // READ, WRITE or FULL_ACCESS.
        .col(string("access"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("bot_id").col("user_id"))
        .foreign_key(&mut goes_with("collaborators", "bot_id", "bots"))
        .foreign_key(&mut goes_with("collaborators", "user_id", "users"))
        .to_owned()
}

fn theme_templates() -> TableCreateStatement {
    Table::create()
        .table("theme_templates")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(string("name"))
        .col(text("theme"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut goes_with(
            "theme_templates",
            "workspace_id",
            "workspaces",
        ))
        .to_owned()
}

fn custom_domains() -> TableCreateStatement {
    Table::create()
        .table("custom_domains")
        // In lower case.
        .col(string("name").primary_key())
        .col(string("workspace_id"))
        .col(big_integer("created_at"))
        .col(big_integer_null("verified_at"))
        .foreign_key(&mut goes_with(
            "custom_domains",
            "workspace_id",
            "workspaces",
        ))
        .to_owned()
}
