//! Accounts that someone signed in to elsewhere, and sign-ins that are under way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, text, text_null,
};

use crate::change::{drop_tables, goes_with};

/// Creates the tables.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [grants(), sign_ins()] {
            manager.create_table(table).await?;
        }
        let by_time = Index::create()
            .name("oauth_sign_ins_by_time")
            .table("oauth_sign_ins")
            .col("expires_at")
            .to_owned();
        manager.create_index(by_time).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["oauth_sign_ins", "oauth_grants"]).await
    }
}

/// Beside a credential, whose secrets are the tokens.
fn grants() -> TableCreateStatement {
    Table::create()
        .table("oauth_grants")
        .col(string("credential_id").primary_key())
        // Goes up whenever the tokens change.
        .col(big_integer("generation"))
        .col(big_integer_null("expires_at"))
        .col(big_integer_null("renewing_until"))
        .col(big_integer_null("refused_at"))
        .foreign_key(&mut goes_with(
            "oauth_grants",
            "credential_id",
            "credentials",
        ))
        .to_owned()
}

/// The id is a digest: whoever reads the table cannot go on with a sign-in.
fn sign_ins() -> TableCreateStatement {
    Table::create()
        .table("oauth_sign_ins")
        .col(string("id").primary_key())
        .col(string_null("workspace_id"))
        .col(string_null("user_id"))
        .col(string("kind"))
        .col(string("name"))
        .col(string("asked_by"))
        .col(string_null("renews"))
        .col(text("redirect_uri"))
        .col(string("data_key_id"))
        .col(text("sealed"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .col(string_null("credential_id"))
        .col(text_null("failure"))
        .check(Expr::cust("(workspace_id IS NULL) <> (user_id IS NULL)"))
        .foreign_key(&mut goes_with(
            "oauth_sign_ins",
            "workspace_id",
            "workspaces",
        ))
        .to_owned()
}
