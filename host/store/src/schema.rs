//! The schema of a database, brought forward and back by an operator. Opening a store brings it
//! forward by itself.

use sea_orm::DatabaseConnection;
use talkloom_migrations::{MigrationStatus, Migrator, MigratorTrait};

use crate::connect::{self, Database, StoreOptions};
use crate::error::{Context, Result};

/// One step of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaStep {
    /// Its name, which begins with the date.
    pub name: String,
    /// Whether the database has it.
    pub is_applied: bool,
}

/// Brings the schema forward; gives the steps that were missing.
pub async fn up(database: &Database) -> Result<Vec<SchemaStep>> {
    let alone = connect::alone(database, StoreOptions::default()).await?;
    let steps = all(&alone.connection).await?;
    connect::migrate(&alone.connection).await?;
    close(alone.release().await).await;
    Ok(steps.into_iter().filter(|step| !step.is_applied).collect())
}

/// Takes the last steps back, and with them what only they have room for; gives those steps, the
/// last first.
pub async fn down(database: &Database, count: u32) -> Result<Vec<SchemaStep>> {
    let alone = connect::alone(database, StoreOptions::default()).await?;
    let steps = all(&alone.connection).await?;
    let taken = Migrator::down(&alone.connection, Some(count)).await;
    taken.during("taking steps of the schema back")?;
    close(alone.release().await).await;
    let applied = steps.into_iter().filter(|step| step.is_applied).rev();
    Ok(applied.take(count as usize).collect())
}

/// All steps that this release knows.
pub async fn status(database: &Database) -> Result<Vec<SchemaStep>> {
    let alone = connect::alone(database, StoreOptions::default()).await?;
    let steps = all(&alone.connection).await?;
    close(alone.release().await).await;
    Ok(steps)
}

async fn all(connection: &DatabaseConnection) -> Result<Vec<SchemaStep>> {
    let steps = Migrator::get_migration_with_status_read_only(connection).await;
    let steps = connect::known(steps)?.during("reading the state of the schema")?;
    let step = |step: talkloom_migrations::Migration| SchemaStep {
        name: step.name().to_owned(),
        is_applied: step.status() == MigrationStatus::Applied,
    };
    Ok(steps.into_iter().map(step).collect())
}

async fn close(connection: DatabaseConnection) {
    // Everything is committed: a failure here loses nothing.
    let _ = connection.close().await;
}
