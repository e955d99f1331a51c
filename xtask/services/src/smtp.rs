//! A mail server that keeps what it takes as files. It refuses some recipients: `refused@…` for good,
//! `later@…` when it is first asked for it.

use std::fs;
use std::process::Command;

use anyhow::Result;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{Process, free_port, listens};
use crate::python::Package;

const AIOSMTPD: Package = Package {
    name: "aiosmtpd",
    version: "1.4.6",
};

/// What decides about recipients, beside this file.
const MAILBOX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mailbox");

/// A running mail server.
pub struct Smtp {
    /// Ended before its folder goes.
    process: Option<Process>,
    folder: TempDir,
    port: u16,
    url: String,
}

impl Smtp {
    /// A fresh server on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not come up.
    pub fn start() -> Result<Self> {
        let port = free_port()?;
        let mut server = Self {
            process: None,
            folder: tempfile::tempdir()?,
            port,
            url: format!("smtp://127.0.0.1:{port}"),
        };
        server.resume()?;
        Ok(server)
    }

    /// Ends the server; what it took stays.
    pub fn stop(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.end(Signal::INT),
            None => Ok(()),
        }
    }

    /// Starts the server again, on its port.
    pub fn resume(&mut self) -> Result<()> {
        let mut command = Command::new(AIOSMTPD.program("aiosmtpd")?);
        command.env("PYTHONPATH", MAILBOX);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.args([
            "--nosetuid",
            "--listen",
            &format!("127.0.0.1:{}", self.port),
        ]);
        command.args(["--class", "mailbox_that_refuses.Choosy"]);
        command.arg(self.folder.path().join("mail"));
        let mut process = Process::start(command, &self.folder.path().join("log"))?;
        process.wait_until(|| listens(self.port))?;
        self.process = Some(process);
        Ok(())
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The messages that have arrived, headers and all, in no order.
    pub fn messages(&self) -> Result<Vec<String>> {
        let mut messages = Vec::new();
        for entry in fs::read_dir(self.folder.path().join("mail/new"))? {
            messages.push(String::from_utf8_lossy(&fs::read(entry?.path())?).into_owned());
        }
        Ok(messages)
    }
}
