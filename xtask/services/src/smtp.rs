//! A mail server that takes every message and keeps it as a file.

use std::fs;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::process::{Process, free_port, listens};
use crate::python::Package;

const AIOSMTPD: Package = Package {
    name: "aiosmtpd",
    version: "1.4.6",
};

/// A running mail server.
pub struct Smtp {
    /// Ended before its folder goes.
    _process: Process,
    folder: TempDir,
    url: String,
}

impl Smtp {
    /// A fresh server on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not come up.
    pub fn start() -> Result<Self> {
        let port = free_port()?;
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(AIOSMTPD.program("aiosmtpd")?);
        command.args(["--nosetuid", "--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--class", "aiosmtpd.handlers.Mailbox"]);
        command.arg(folder.path().join("mail"));
        let mut process = Process::start(command, &folder.path().join("log"))?;
        process.wait_until(|| listens(port))?;
        Ok(Self {
            _process: process,
            folder,
            url: format!("smtp://127.0.0.1:{port}"),
        })
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
