//! PostgreSQL. It refuses to run as root: there it runs as the user that its package made.

use std::fs::File;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};
use rustix::process::{Signal, getuid};
use tempfile::TempDir;

use crate::process::{Process, free_port};
use crate::{POSTGRES, find};

/// How a server behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct PostgresOptions {
    /// Waits for the disk with every commit, as a server does by default. Tests do without: only a
    /// machine that stops loses what the disk did not get, and then the disk's pace is not theirs.
    pub is_durable: bool,
}

/// A PostgreSQL server.
pub struct Postgres {
    process: Option<Process>,
    options: PostgresOptions,
    folder: Option<TempDir>,
    port: u16,
    url: String,
}

impl Postgres {
    /// The server that the environment names, else one of our own.
    pub fn shared() -> Result<Self> {
        match std::env::var(POSTGRES) {
            Ok(url) => Ok(Self {
                process: None,
                options: PostgresOptions::default(),
                folder: None,
                port: 0,
                url,
            }),
            Err(_) => Self::start(PostgresOptions::default()),
        }
    }

    /// A fresh server on a free port.
    pub fn start(options: PostgresOptions) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("talkloom-postgres-")
            .permissions(PermissionsExt::from_mode(0o700))
            .tempdir()?;
        if let Some((user, group)) = unprivileged()? {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let data = folder.path().join("data");
        let made = program("initdb")?
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--no-locale", "--no-sync", "-D"])
            .arg(&data)
            .current_dir("/")
            .output()?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        }
        let port = free_port()?;
        let mut server = Self {
            process: None,
            options,
            folder: Some(folder),
            port,
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
        };
        server.resume()?;
        Ok(server)
    }

    /// The address of the server's first database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server as an operator does: open transactions are rolled back.
    pub fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.end(Signal::INT),
            None => Ok(()),
        }
    }

    /// Ends the server and all its helpers at once, as a power cut does.
    pub fn kill(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.end_group(),
            None => Ok(()),
        }
    }

    /// Starts the server again, with its data and on its port.
    ///
    /// # Errors
    /// Where the environment named the server: others use it too.
    pub fn resume(&mut self) -> Result<()> {
        let folder = self.folder.as_ref();
        let folder = folder.context("a server that others use too is not restarted")?;
        let folder = folder.path();
        let mut command = program("postgres")?;
        command.current_dir("/").arg("-D").arg(folder.join("data"));
        command.args(["-p", &self.port.to_string()]);
        command.arg("-k").arg(folder);
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=300",
            "shared_buffers=256MB",
        ] {
            command.args(["-c", setting]);
        }
        if !self.options.is_durable {
            // A commit still reaches the operating system, which outlives the server.
            command.args(["-c", "fsync=off"]);
        }
        let mut process = Process::start(command, &folder.join("log"))?;
        let ready = find::postgres("pg_isready")?;
        process.wait_until(|| {
            let asked = Command::new(&ready).args(["-q", "-d", &self.url]).status();
            asked.is_ok_and(|status| status.success())
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// Runs SQL on the server's first database.
    pub fn execute(&self, sql: &str) -> Result<()> {
        psql(&self.url, sql)
    }

    /// An empty database of a test's own, dropped with the value.
    pub fn database(&self) -> Result<TestDatabase> {
        self.create("")
    }

    /// A database of a test's own with the content of a template, dropped with the value. The
    /// template stays on the server under its name; `fill` makes its content where there is none.
    pub fn copy_of(
        &self,
        template: &str,
        fill: impl FnOnce(&str) -> Result<()>,
    ) -> Result<TestDatabase> {
        let template = format!("template_{template}");
        let copy = format!("TEMPLATE {template}");
        if let Ok(database) = self.create(&copy) {
            return Ok(database);
        }
        // Other tests may want the same template at the same time.
        let lock = File::create(std::env::temp_dir().join(format!("talkloom-{template}.lock")))?;
        lock.lock()?;
        if let Ok(database) = self.create(&copy) {
            return Ok(database);
        }
        let filled = self.create("")?;
        fill(&filled.url)?;
        let TestDatabase { server, name, .. } = &filled;
        psql(
            server,
            &format!("ALTER DATABASE {name} RENAME TO {template}"),
        )?;
        self.create(&copy)
    }

    fn create(&self, more: &str) -> Result<TestDatabase> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{count}", std::process::id());
        self.execute(&format!("CREATE DATABASE {name} {more}"))?;
        let server = self.url.clone();
        let (base, _) = server.rsplit_once('/').context("no database is named")?;
        let url = format!("{base}/{name}");
        Ok(TestDatabase { server, name, url })
    }
}

/// A database of a test's own.
pub struct TestDatabase {
    server: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Its `postgres://` address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL on it.
    pub fn execute(&self, sql: &str) -> Result<()> {
        psql(&self.url, sql)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // The server may be gone already, and the database with it.
        let _ = psql(
            &self.server,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

fn psql(url: &str, sql: &str) -> Result<()> {
    let output = Command::new(find::postgres("psql")?)
        .args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
        .output()?;
    if !output.status.success() {
        bail!("{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// One of PostgreSQL's programs, as a user it runs as.
fn program(name: &str) -> Result<Command> {
    let mut command = Command::new(find::postgres(name)?);
    if let Some((user, group)) = unprivileged()? {
        command.uid(user).gid(group);
    }
    Ok(command)
}

/// The user and group that stand in for root.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    if !getuid().is_root() {
        return Ok(None);
    }
    let id = |flag: &str| -> Result<u32> {
        let output = Command::new("id").args([flag, "postgres"]).output()?;
        let id = String::from_utf8_lossy(&output.stdout);
        id.trim()
            .parse()
            .context("PostgreSQL does not run as root, and there is no user “postgres”")
    };
    Ok(Some((id("-u")?, id("-g")?)))
}
