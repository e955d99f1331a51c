//! Redis, without a file: what it holds is gone when it ends.

use std::process::Command;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{Process, free_port, listens};
use crate::{REDIS, find};

/// A Redis server.
pub struct Redis {
    process: Option<Process>,
    folder: Option<TempDir>,
    port: u16,
    url: String,
}

impl Redis {
    /// The server that the environment names, else one of our own.
    pub fn shared() -> Result<Self> {
        match std::env::var(REDIS) {
            Ok(url) => Ok(Self {
                process: None,
                folder: None,
                port: 0,
                url,
            }),
            Err(_) => Self::start(),
        }
    }

    /// A fresh server on a free port.
    pub fn start() -> Result<Self> {
        let port = free_port()?;
        let mut server = Self {
            process: None,
            folder: Some(tempfile::tempdir()?),
            port,
            url: format!("redis://127.0.0.1:{port}/"),
        };
        server.resume()?;
        Ok(server)
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server; what it held is gone.
    pub fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.end(Signal::TERM),
            None => Ok(()),
        }
    }

    /// Starts the server again, empty, on its port.
    ///
    /// # Errors
    /// Where the environment named the server: others use it too.
    pub fn resume(&mut self) -> Result<()> {
        let folder = self.folder.as_ref();
        let folder = folder.context("a server that others use too is not restarted")?;
        let mut command = Command::new(find::redis()?);
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        command.args(["--save", "", "--appendonly", "no", "--dir"]);
        command.arg(folder.path());
        let mut process = Process::start(command, &folder.path().join("log"))?;
        process.wait_until(|| listens(self.port))?;
        self.process = Some(process);
        Ok(())
    }
}
