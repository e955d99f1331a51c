//! Credentials, their sealed secrets, and the keys that these are sealed with.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null, text};

use crate::change::goes_with;

/// Creates the tables.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// An owner seals with one key at a time. The canary has no owner; its id is enough.
const ONE_KEY_EACH: [&str; 2] = [
    "CREATE UNIQUE INDEX data_keys_of_workspace ON data_keys (workspace_id) \
     WHERE retired_at IS NULL",
    "CREATE UNIQUE INDEX data_keys_of_user ON data_keys (user_id) WHERE retired_at IS NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [data_keys(), credentials(), credential_secrets()] {
            manager.create_table(table).await?;
        }
        for index in ONE_KEY_EACH {
            manager.get_connection().execute_unprepared(index).await?;
        }
        for (name, table, columns) in [
            (
                "credentials_of_workspace",
                "credentials",
                ["workspace_id", "id"],
            ),
            ("credentials_of_user", "credentials", ["user_id", "id"]),
            (
                "credential_secrets_by_key",
                "credential_secrets",
                ["data_key_id", "credential_id"],
            ),
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
        for table in ["credential_secrets", "credentials", "data_keys"] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn data_keys() -> TableCreateStatement {
    Table::create()
        .table("data_keys")
        .col(string("id").primary_key())
        .col(string_null("workspace_id"))
        .col(string_null("user_id"))
        // As the vault writes it; names the master key too.
        .col(text("wrapped"))
        .col(string("master_key_id"))
        .col(big_integer("created_at"))
        .col(big_integer_null("retired_at"))
        .foreign_key(&mut goes_with("data_keys", "workspace_id", "workspaces"))
        .foreign_key(&mut goes_with("data_keys", "user_id", "users"))
        .to_owned()
}

fn credentials() -> TableCreateStatement {
    Table::create()
        .table("credentials")
        .col(string("id").primary_key())
        .col(string_null("workspace_id"))
        .col(string_null("user_id"))
        .col(string("kind"))
        .col(string("name"))
        .col(string_null("account"))
        .col(text("fields"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("last_used_at"))
        .check(Expr::cust("(workspace_id IS NULL) <> (user_id IS NULL)"))
        .foreign_key(&mut goes_with("credentials", "workspace_id", "workspaces"))
        .foreign_key(&mut goes_with("credentials", "user_id", "users"))
        .to_owned()
}

/// A key that seals something cannot be deleted.
fn credential_secrets() -> TableCreateStatement {
    Table::create()
        .table("credential_secrets")
        .col(string("credential_id"))
        .col(string("field"))
        .col(string("data_key_id"))
        .col(text("sealed"))
        .primary_key(Index::create().col("credential_id").col("field"))
        .foreign_key(&mut goes_with(
            "credential_secrets",
            "credential_id",
            "credentials",
        ))
        .foreign_key(
            ForeignKey::create()
                .from("credential_secrets", "data_key_id")
                .to("data_keys", "id"),
        )
        .to_owned()
}
