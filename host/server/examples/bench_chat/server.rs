//! The measured server as a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// The program and what it works on.
pub struct Program<'p> {
    pub binary: &'p Path,
    pub folder: &'p Path,
    /// Empty: SQLite in the folder.
    pub database_url: Option<&'p str>,
}

impl Program<'_> {
    /// One of its commands.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binary);
        command.arg(name).arg("--data").arg(self.folder);
        if let Some(url) = self.database_url {
            command.env("TALKLOOM_DATABASE__URL", url);
        }
        command
    }
}

/// The measured server; it ends when this is dropped.
pub struct Server(Child);

impl Server {
    pub fn start(program: &Program, address: SocketAddr) -> Result<Self> {
        let child = program
            .command("serve")
            .args(["--listen", &address.to_string()])
            .env("TALKLOOM_CHAT__IDLE_S", "1")
            .stdout(Stdio::null())
            .spawn()?;
        let mut server = Self(child);
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if let Some(status) = server.0.try_wait()? {
                bail!("the server ended: {status}");
            }
            ensure!(
                started.elapsed() < Duration::from_secs(120),
                "the server does not answer"
            );
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// The memory that is the process's own (files that it maps are not), in KiB.
    pub fn memory_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("the process tells no memory")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
