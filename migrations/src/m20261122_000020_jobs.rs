//! Work that is done beside the conversations, and where events are delivered to.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, string, string_null, text, text_null,
};
use sea_orm_migration::sea_orm::DbBackend;

/// Creates the tables of jobs and of webhook endpoints.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Partial indexes: finished jobs, which are most of the rows, are in none of the first three.
const INDEXES: [&str; 6] = [
    "CREATE INDEX jobs_due ON jobs (priority, run_at, id) WHERE state = 'waiting'",
    "CREATE INDEX jobs_active ON jobs (state, lane) WHERE state IN ('handed', 'running')",
    "CREATE INDEX jobs_held ON jobs (lane, run_at, id) WHERE state = 'held'",
    "CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL",
    "CREATE INDEX jobs_by_workspace ON jobs (workspace_id, id)",
    "CREATE UNIQUE INDEX jobs_dedup ON jobs (kind, dedup_key) WHERE dedup_key IS NOT NULL",
];

/// Wakes the workers of every process when jobs are committed.
const NOTIFY: [&str; 2] = [
    "CREATE FUNCTION talkloom_jobs_added() RETURNS trigger LANGUAGE plpgsql AS $$ \
     BEGIN PERFORM pg_notify('talkloom_jobs', ''); RETURN NULL; END $$",
    "CREATE TRIGGER jobs_added AFTER INSERT ON jobs \
     FOR EACH STATEMENT EXECUTE FUNCTION talkloom_jobs_added()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(jobs()).await?;
        manager.create_table(webhook_endpoints()).await?;
        let connection = manager.get_connection();
        for index in INDEXES {
            connection.execute_unprepared(index).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            for statement in NOTIFY {
                connection.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["webhook_endpoints", "jobs"] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            let connection = manager.get_connection();
            connection
                .execute_unprepared("DROP FUNCTION talkloom_jobs_added()")
                .await?;
        }
        Ok(())
    }
}

fn jobs() -> TableCreateStatement {
    Table::create()
        .table("jobs")
        .col(string("id").primary_key())
        // Null: the installation's own.
        .col(string_null("workspace_id"))
        .col(string("kind"))
        .col(text("payload"))
        .col(big_integer("priority"))
        // waiting, held, handed, running, done, dead, cancelled.
        .col(string("state"))
        // Jobs of one lane run a few at a time.
        .col(string_null("lane"))
        .col(string_null("dedup_key"))
        // Counts the leases: a write names the one it was given.
        .col(big_integer("attempt"))
        .col(big_integer("failures"))
        .col(big_integer("max_failures"))
        // Leases that ran out: the worker died or stood still.
        .col(big_integer("crashes"))
        .col(big_integer("run_at"))
        .col(big_integer_null("handed_at"))
        .col(big_integer_null("lease_until"))
        .col(string_null("worker"))
        .col(big_integer("progress"))
        .col(text_null("note"))
        .col(text_null("result"))
        .col(text_null("error"))
        .col(boolean("cancel_requested"))
        .col(big_integer("created_at"))
        .col(big_integer_null("started_at"))
        .col(big_integer_null("finished_at"))
        .to_owned()
}

fn webhook_endpoints() -> TableCreateStatement {
    Table::create()
        .table("webhook_endpoints")
        .col(string("id").primary_key())
        .col(string("workspace_id"))
        .col(text("url"))
        // What deliveries are signed with: opaque to the store.
        .col(text("secret"))
        // Who is told when it is disabled.
        .col(text_null("contact"))
        .col(big_integer_null("failing_since"))
        .col(big_integer_null("disabled_at"))
        .col(text_null("disabled_reason"))
        .col(big_integer("created_at"))
        .index(Index::create().col("workspace_id").col("id").unique())
        .to_owned()
}
