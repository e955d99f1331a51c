//! Opens the database: connections, SQLite's settings, migrations.
//!
//! SQLite has one writer, so its writing pool has one connection and a transaction there begins
//! `IMMEDIATE`: another process (an import beside a running server) makes it wait instead of fail.
//! `synchronous=NORMAL` in WAL mode keeps the database sound whatever happens; a power cut, but not
//! a crash of the process, may lose the last moments.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::{Executor, PgPool};
use sea_orm::{ConnectOptions, Database as Connector, DatabaseConnection};
use talkloom_migrations::Migrator;

use crate::error::{Context, Result, StoreError};
use crate::turns;

/// Where the data lives.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file, made when it is missing.
    Sqlite(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

/// How long a write waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long one waits for a free connection to PostgreSQL, or for one that is starting: whoever asks
/// is to hear of it within five seconds.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for this long is tried before it is used: the database may have been
/// restarted since.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// A process that stands still in the midst of a transaction must not hold up the others.
const LIMIT_IDLE_TRANSACTIONS: &str = "SET idle_in_transaction_session_timeout = '10s'";
/// Statements come in some dozen lengths for each table; all are to stay prepared.
const PREPARED_STATEMENTS: usize = 600;

/// The pools of one database.
pub(crate) struct Pools {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    /// PostgreSQL's connections that turns are written over.
    pub(crate) turns: Option<PgPool>,
}

pub(crate) async fn open(database: &Database) -> Result<Pools> {
    match database {
        Database::Sqlite(path) => open_sqlite(path).await,
        Database::Postgres(address) => open_postgres(address).await,
    }
}

async fn open_sqlite(path: &Path) -> Result<Pools> {
    let migrating = lock_beside(path)?;
    let writer = connect_sqlite(path, 1, false).await?;
    migrate(&writer).await?;
    drop(migrating);
    let reader = connect_sqlite(path, READERS, true).await?;
    Ok(Pools {
        writer,
        reader,
        turns: None,
    })
}

/// Two processes that start at once must not migrate side by side.
fn lock_beside(path: &Path) -> Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let lock = path.with_extension("lock");
    let refuse = |path: &Path, source| StoreError::Folder {
        path: path.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(|error| refuse(folder, error))?;
    let file = File::create(&lock).map_err(|error| refuse(&lock, error))?;
    file.lock().map_err(|error| refuse(&lock, error))?;
    Ok(file)
}

async fn connect_sqlite(
    path: &Path,
    connections: u32,
    only_reads: bool,
) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new("sqlite:");
    let file = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            let sqlite = sqlite
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .statement_cache_capacity(PREPARED_STATEMENTS)
                .pragma("cache_size", "-32768")
                .pragma("mmap_size", "268435456")
                .pragma("temp_store", "memory");
            if only_reads {
                sqlite.pragma("query_only", "on")
            } else {
                sqlite
            }
        });
    Connector::connect(options)
        .await
        .during("opening the SQLite file")
}

async fn open_postgres(address: &str) -> Result<Pools> {
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(TRUSTED_FOR)
        .map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move { connection.execute(LIMIT_IDLE_TRANSACTIONS).await.map(drop) })
            })
        });
    let writer = Connector::connect(options)
        .await
        .during("connecting to PostgreSQL")?;
    migrate(&writer).await?;
    let turns = turns::postgres::pool(address, ACQUIRE_TIMEOUT);
    let turns = turns.during("reading the address of PostgreSQL")?;
    Ok(Pools {
        reader: writer.clone(),
        writer,
        turns: Some(turns),
    })
}

async fn migrate(connection: &DatabaseConnection) -> Result<()> {
    use talkloom_migrations::MigratorTrait;
    Migrator::up(connection, None)
        .await
        .during("bringing the schema up to date")
}
