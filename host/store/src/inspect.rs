//! Looks at a database without changing it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use talkloom_migrations::{Migrator, MigratorTrait};

use crate::Database;
use crate::connect::look_at;
use crate::error::{Context, Result};

/// What can be said of a database.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The database's own version: `SQLite 3.51.0`, `PostgreSQL 17.2`.
    pub version: String,
    /// Steps of the schema that the next start takes.
    pub pending: usize,
    /// Steps that this program does not know: a newer one took them.
    pub unknown: usize,
    /// How long a question takes.
    pub latency: Duration,
    /// The database's own clock where it has one, in milliseconds since 1970, UTC.
    pub now_ms: Option<i64>,
}

impl Inspection {
    /// Looks at a database; none where SQLite's file is not there yet.
    ///
    /// # Errors
    /// The database cannot be reached or read.
    pub async fn of(database: &Database) -> Result<Option<Self>> {
        if let Database::Sqlite(path) = database
            && !path.exists()
        {
            return Ok(None);
        }
        let connection = look_at(database).await?;
        let inspected = inspect(&connection).await;
        // Nothing was written.
        let _ = connection.close().await;
        inspected.map(Some)
    }
}

async fn inspect(connection: &DatabaseConnection) -> Result<Inspection> {
    let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
    let (name, version) = if is_postgres {
        (
            "PostgreSQL",
            "SELECT current_setting('server_version') AS told",
        )
    } else {
        ("SQLite", "SELECT sqlite_version() AS told")
    };
    let told: Option<String> = ask(connection, version).await?;
    let started = Instant::now();
    let _: Option<String> = ask(connection, "SELECT 'here' AS told").await?;
    let latency = started.elapsed();
    let now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS told";
    let now_ms = match is_postgres {
        true => ask(connection, now).await?,
        false => None,
    };
    let (pending, unknown) = steps(connection).await;
    Ok(Inspection {
        version: format!("{name} {}", told.unwrap_or_default()),
        pending,
        unknown,
        latency,
        now_ms,
    })
}

async fn ask<T: sea_orm::TryGetable>(
    connection: &DatabaseConnection,
    question: &str,
) -> Result<Option<T>> {
    let question = Statement::from_string(connection.get_database_backend(), question);
    let row = connection
        .query_one_raw(question)
        .await
        .during("looking at it")?;
    row.map(|row| row.try_get("", "told"))
        .transpose()
        .during("looking at it")
}

/// How many steps are to be taken, and how many are there that nobody knows.
async fn steps(connection: &DatabaseConnection) -> (usize, usize) {
    let backend = connection.get_database_backend();
    let taken = "SELECT version AS told FROM seaql_migrations";
    let taken = connection.query_all_raw(Statement::from_string(backend, taken));
    // Before the first start there is no such table.
    let taken: BTreeSet<String> = taken
        .await
        .unwrap_or_default()
        .into_iter()
        .filter_map(|row| row.try_get("", "told").ok())
        .collect();
    let known: BTreeSet<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    let pending = known.difference(&taken).count();
    (pending, taken.difference(&known).count())
}
