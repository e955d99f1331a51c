//! Where a test keeps its data: a folder, and in the second setting a database on PostgreSQL.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{DATABASE, Postgres, TestDatabase};

/// Beside the data folder: the address of the database that belongs to it.
const ADDRESS: &str = "postgres-url";

/// A data folder of a test's own and, where the environment asks for it, a database. Both go with
/// the value.
pub struct Place {
    // Dropped in this order: a database before its server.
    database: Option<TestDatabase>,
    _server: Option<Postgres>,
    _folder: TempDir,
    data: PathBuf,
}

impl Place {
    /// A fresh place. `migrate` brings the schema to an empty database; that happens once for all
    /// tests of a build, and every further database is a copy.
    ///
    /// # Errors
    /// Where the environment asks for another database than there is, or PostgreSQL fails.
    pub fn new(migrate: impl FnOnce(&str) -> Result<()>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        let (server, database) = match std::env::var(DATABASE).as_deref() {
            Ok("postgres") => {
                let server = Postgres::shared()?;
                let database = server.copy_of(&build()?, migrate)?;
                std::fs::write(folder.path().join(ADDRESS), database.url())?;
                (Some(server), Some(database))
            }
            Ok("" | "sqlite") | Err(std::env::VarError::NotPresent) => (None, None),
            other => bail!("{DATABASE} is {other:?}: set it to sqlite or postgres"),
        };
        Ok(Self {
            database,
            _server: server,
            _folder: folder,
            data,
        })
    }

    /// The data folder.
    pub fn path(&self) -> &Path {
        &self.data
    }

    /// The address of the database; none: SQLite in the data folder.
    pub fn postgres(&self) -> Option<&str> {
        self.database.as_ref().map(TestDatabase::url)
    }

    /// The address of the database of a place whose data folder this is.
    pub fn postgres_of(data: &Path) -> Option<String> {
        std::fs::read_to_string(data.parent()?.join(ADDRESS)).ok()
    }
}

/// Names this build of the tests: the schema may have changed with the next one.
fn build() -> Result<String> {
    let program = std::env::current_exe()?;
    let built = std::fs::metadata(&program)?.modified()?;
    let since = built.duration_since(std::time::UNIX_EPOCH)?;
    let name = program.file_name().and_then(|name| name.to_str());
    let name = name.context("the test program has no name")?;
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .take(30)
        .collect();
    Ok(format!("{name}_{}", since.as_millis()))
}
