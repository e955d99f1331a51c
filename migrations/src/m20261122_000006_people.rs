//! People: how they sign in, which workspaces they belong to, what their tokens may do.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string, string_null, text_null,
};

use crate::change::{add_columns, drop_columns, drop_tables, goes_with, run};

/// Creates the tables of people.
#[derive(DeriveMigrationName)]
pub struct Migration;

const INDEXES: [&str; 11] = [
    "CREATE INDEX accounts_by_user ON accounts (user_id)",
    "CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id, id)",
    "CREATE INDEX auth_sessions_by_end ON auth_sessions (expires_at)",
    "CREATE INDEX members_by_user ON members (user_id)",
    "CREATE INDEX invitations_by_email ON invitations (email)",
    "CREATE INDEX invitations_by_end ON invitations (expires_at)",
    "CREATE INDEX invitations_by_bot ON invitations (bot_id)",
    "CREATE INDEX invitations_by_workspace ON invitations (workspace_id, email, id)",
    "CREATE UNIQUE INDEX invitations_to_workspace ON invitations (workspace_id, email) \
     WHERE bot_id IS NULL",
    "CREATE UNIQUE INDEX invitations_to_bot ON invitations (workspace_id, bot_id, email) \
     WHERE bot_id IS NOT NULL",
    "CREATE INDEX api_tokens_by_workspace ON api_tokens (workspace_id, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            users(),
            accounts(),
            auth_sessions(),
            members(),
            invitations(),
        ] {
            manager.create_table(table).await?;
        }
        let limits = [
            "max_members",
            "max_bots",
            "max_chats_per_month",
            "max_storage_mb",
        ];
        add_columns(manager, "workspaces", [string_null("icon")]).await?;
        // Null: without limit.
        add_columns(manager, "workspaces", limits.map(big_integer_null)).await?;
        let token = [
            // Null: the workspace's own.
            string_null("user_id"),
            // A list, as JSON; null: everything that its owner may do.
            text_null("scopes"),
            big_integer_null("expires_at"),
        ];
        add_columns(manager, "api_tokens", token).await?;
        run(manager, &INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX api_tokens_by_workspace"]).await?;
        drop_columns(manager, "api_tokens", &["expires_at", "scopes", "user_id"]).await?;
        let workspace = [
            "max_storage_mb",
            "max_chats_per_month",
            "max_bots",
            "max_members",
            "icon",
        ];
        drop_columns(manager, "workspaces", &workspace).await?;
        let tables = [
            "invitations",
            "members",
            "auth_sessions",
            "accounts",
            "users",
        ];
        drop_tables(manager, &tables).await
    }
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(string("id").primary_key())
        // In lower case.
        .col(string("email").unique_key())
        .col(string_null("name"))
        .col(string_null("image"))
        // Runs the installation: installs blocks, sees all workspaces.
        .col(boolean("is_admin").default(false))
        .col(big_integer("created_at"))
        .col(big_integer_null("last_seen_at"))
        .to_owned()
}

/// At another issuer; its tokens are not kept.
fn accounts() -> TableCreateStatement {
    Table::create()
        .table("accounts")
        .col(string("issuer"))
        .col(string("subject"))
        .col(string("user_id"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("issuer").col("subject"))
        .foreign_key(&mut goes_with("accounts", "user_id", "users"))
        .to_owned()
}

fn auth_sessions() -> TableCreateStatement {
    Table::create()
        .table("auth_sessions")
        .col(string("id").primary_key())
        .col(string("user_id"))
        // SHA-256 of what the cookie holds, in hexadecimal digits.
        .col(string("digest").unique_key())
        .col(string_null("user_agent"))
        .col(big_integer("created_at"))
        .col(big_integer("last_seen_at"))
        .col(big_integer("expires_at"))
        .foreign_key(&mut goes_with("auth_sessions", "user_id", "users"))
        .to_owned()
}

fn members() -> TableCreateStatement {
    Table::create()
        .table("members")
        .col(string("workspace_id"))
        .col(string("user_id"))
        // ADMIN, MEMBER or GUEST.
        .col(string("role"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("workspace_id").col("user_id"))
        .foreign_key(&mut goes_with("members", "workspace_id", "workspaces"))
        .foreign_key(&mut goes_with("members", "user_id", "users"))
        .to_owned()
}

fn invitations() -> TableCreateStatement {
    Table::create()
        .table("invitations")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        // Null: to the workspace.
        .col(string_null("bot_id"))
        .col(string("email"))
        // A member's role; for a bot what a collaborator may do.
        .col(string("role"))
        .col(string_null("invited_by"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .foreign_key(&mut goes_with("invitations", "workspace_id", "workspaces"))
        .foreign_key(&mut goes_with("invitations", "bot_id", "bots"))
        .to_owned()
}
