//! The database schema, step by step.
//!
//! Migrations expand, move, then contract: the previous release must run on the new schema. Texts
//! hold JSON as it was given, because documents have to come back exactly; times are milliseconds
//! since 1970, UTC.

pub use sea_orm_migration::MigrationStatus;
pub use sea_orm_migration::migrator::Migration;
pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

mod change;
mod m20261122_000001_bots;
mod m20261122_000002_conversations;
mod m20261122_000003_tokens;
mod m20261122_000004_files_and_listeners;
mod m20261122_000005_idempotency;
mod m20261122_000006_people;
mod m20261122_000007_building;
mod m20261122_000008_operating;
mod m20261122_000009_plans;
mod m20261122_000010_credentials;
mod m20261122_000020_jobs;
mod m20261122_000030_file_limits;
mod m20261123_000001_webhooks;
mod m20261123_000010_block_abilities;
mod m20261123_000015_streamed;
mod m20261123_000020_blocks;
mod m20261123_000030_oauth;
mod m20261123_000050_listener_ids;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let steps: Vec<Box<dyn MigrationTrait>> = vec![
            Box::new(m20261122_000001_bots::Migration),
            Box::new(m20261122_000002_conversations::Migration),
            Box::new(m20261122_000003_tokens::Migration),
            Box::new(m20261122_000004_files_and_listeners::Migration),
            Box::new(m20261122_000005_idempotency::Migration),
            Box::new(m20261122_000006_people::Migration),
            Box::new(m20261122_000007_building::Migration),
            Box::new(m20261122_000008_operating::Migration),
            Box::new(m20261122_000009_plans::Migration),
            Box::new(m20261122_000010_credentials::Migration),
            Box::new(m20261122_000020_jobs::Migration),
            Box::new(m20261122_000030_file_limits::Migration),
            Box::new(m20261123_000001_webhooks::Migration),
            Box::new(m20261123_000010_block_abilities::Migration),
            Box::new(m20261123_000015_streamed::Migration),
            Box::new(m20261123_000020_blocks::Migration),
            Box::new(m20261123_000030_oauth::Migration),
            Box::new(m20261123_000050_listener_ids::Migration),
        ];
        let whole = |step| -> Box<dyn MigrationTrait> { Box::new(Whole(step)) };
        steps.into_iter().map(whole).collect()
    }
}

/// A step that is taken whole or not at all, on SQLite too.
struct Whole(Box<dyn MigrationTrait>);

impl MigrationName for Whole {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Whole {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The workspace that every installation starts with.
pub const DEFAULT_WORKSPACE: &str = "wdefault";
