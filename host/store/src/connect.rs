//! Opens the database: connections, SQLite's settings, migrations.
//!
//! `postgres` has what is PostgreSQL's own.
//!
//! SQLite has one writer, so its writing pool has one connection and a transaction there begins
//! `IMMEDIATE`: another process (an import beside a running server) makes it wait instead of fail.
//! `synchronous=NORMAL` in WAL mode keeps the database sound whatever happens; a power cut, but not
//! a crash of the process, may lose the last moments.

mod postgres;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::Connection;
use sea_orm::sqlx::PgPool;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::{ConnectOptions, Database as Connector, DatabaseConnection, DbErr};
use talkloom_migrations::Migrator;

use crate::error::{Context, Result, StoreError};

/// Where the data lives.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file, made when it is missing.
    Sqlite(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

/// How the database is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreOptions {
    /// Connections to PostgreSQL that this process holds at most. SQLite needs few.
    pub max_connections: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            max_connections: 16,
        }
    }
}

/// How long a write waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Statements come in some dozen lengths for each table; all are to stay prepared.
const PREPARED_STATEMENTS: usize = 600;

/// The pools of one database.
pub(crate) struct Pools {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    /// PostgreSQL's connections that turns are written over.
    pub(crate) turns: Option<PgPool>,
}

/// Connects and brings the schema up to date.
pub(crate) async fn open(database: &Database, options: StoreOptions) -> Result<Pools> {
    let alone = alone(database, options).await?;
    migrate(&alone.connection).await?;
    let writer = alone.release().await;
    match database {
        Database::Sqlite(path) => {
            let reader = connect_sqlite(path, READERS, true).await?;
            Ok(Pools {
                writer,
                reader,
                turns: None,
            })
        }
        Database::Postgres(address) => {
            let reader = writer.clone();
            let turns = Some(postgres::turns(address)?);
            Ok(Pools {
                writer,
                reader,
                turns,
            })
        }
    }
}

/// Connects to look: one connection, and the schema stays as it is.
pub(crate) async fn look_at(database: &Database) -> Result<DatabaseConnection> {
    match database {
        Database::Sqlite(path) => connect_sqlite(path, 1, true).await,
        Database::Postgres(address) => {
            let options = StoreOptions { max_connections: 1 };
            postgres::pool(address, options).await
        }
    }
}

/// A pool while no other process changes the schema.
pub(crate) struct Alone {
    pub(crate) connection: DatabaseConnection,
    lock: Lock,
}

enum Lock {
    File(File),
    Session(PgConnection),
}

impl Alone {
    /// Lets the next one in.
    pub(crate) async fn release(self) -> DatabaseConnection {
        match self.lock {
            Lock::File(file) => drop(file),
            // The lock goes with its connection, however that ends.
            Lock::Session(session) => drop(session.close().await),
        }
        self.connection
    }
}

/// Connects and waits until no other process changes the schema.
pub(crate) async fn alone(database: &Database, options: StoreOptions) -> Result<Alone> {
    match database {
        Database::Sqlite(path) => {
            let lock = Lock::File(lock_beside(path)?);
            let connection = connect_sqlite(path, 1, false).await?;
            Ok(Alone { connection, lock })
        }
        Database::Postgres(address) => {
            let (connection, session) = postgres::alone(address, options).await?;
            let lock = Lock::Session(session);
            Ok(Alone { connection, lock })
        }
    }
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

/// Brings the schema up to date.
pub(crate) async fn migrate(connection: &DatabaseConnection) -> Result<()> {
    use talkloom_migrations::MigratorTrait;
    let migrated = Migrator::up(connection, None).await;
    known(migrated)?.during("bringing the schema up to date")
}

/// A step that only the database knows is told of as what it means.
pub(crate) fn known<T>(outcome: Result<T, DbErr>) -> Result<Result<T, DbErr>> {
    match outcome {
        Err(DbErr::Custom(_)) => Err(StoreError::Newer),
        other => Ok(other),
    }
}
