//! The servers that tests talk to: PostgreSQL and Redis, private and on free ports.

use anyhow::{Context, Result};
use services::{POSTGRES, Postgres, PostgresOptions, REDIS, Redis};
use xshell::Shell;

use crate::step::step;
use crate::system;

/// Servers that end when the value is dropped.
pub struct Servers {
    postgres: Postgres,
    redis: Redis,
}

impl Servers {
    /// Installs what is missing and starts them.
    ///
    /// # Errors
    /// When one cannot be got or does not come up.
    pub fn start(sh: &Shell) -> Result<Self> {
        step("Starting PostgreSQL and Redis", || {
            system::databases(sh)?;
            system::python(sh)?;
            Ok(Self {
                postgres: Postgres::start(PostgresOptions::default())?,
                redis: Redis::start()?,
            })
        })
    }

    /// Names the servers to every command that the shell runs.
    pub fn announce(&self, sh: &Shell) {
        sh.set_var(POSTGRES, self.postgres.url());
        sh.set_var(REDIS, self.redis.url());
    }
}

/// Runs a command beside the servers.
///
/// # Errors
/// When a server does not come up, or the command fails.
pub fn run(sh: &Shell, command: &[String]) -> Result<()> {
    let servers = Servers::start(sh)?;
    servers.announce(sh);
    let (program, arguments) = command.split_first().context("no command is given")?;
    sh.cmd(program).args(arguments).quiet().run()?;
    Ok(())
}
