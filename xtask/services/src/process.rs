//! A server in a process of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// How long a server may take to come up or to go.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(20);

/// A running server; ended at the latest when it is dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program whose output goes to a file.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let output = File::create(log).with_context(|| format!("writing {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let log = log.to_owned();
        Ok(Self { child, log })
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// Shows the log where the server ends instead, or takes too long.
    pub(crate) fn wait_until(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let started = Instant::now();
        while !ready() {
            let ended = self.child.try_wait()?;
            if ended.is_some() || started.elapsed() > PATIENCE {
                let told = std::fs::read_to_string(&self.log).unwrap_or_default();
                bail!("the server did not come up: {told}");
            }
            pause();
        }
        Ok(())
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(&mut self, signal: Signal) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.context("the process has no id")?, signal)?;
        let started = Instant::now();
        while self.child.try_wait()?.is_none() {
            if started.elapsed() > PATIENCE {
                self.child.kill()?;
            }
            pause();
        }
        Ok(())
    }
}

impl Process {
    /// Kills the process and its children, and waits until none of them is left.
    pub(crate) fn end_group(&mut self) -> Result<()> {
        let children = children(self.child.id())?;
        self.child.kill()?;
        for child in &children {
            // It may have seen its parent go, and gone too.
            let _ = kill_process(*child, Signal::KILL);
        }
        self.child.wait()?;
        let started = Instant::now();
        while children
            .iter()
            .any(|child| test_kill_process(*child).is_ok())
        {
            if started.elapsed() > PATIENCE {
                bail!("a killed server's helpers did not go");
            }
            pause();
        }
        Ok(())
    }
}

/// The processes that a process started.
fn children(parent: u32) -> Result<Vec<Pid>> {
    let list = format!("/proc/{parent}/task/{parent}/children");
    let list = std::fs::read_to_string(&list).with_context(|| format!("reading {list}"))?;
    let ids = list.split_whitespace().filter_map(|id| id.parse().ok());
    Ok(ids.filter_map(Pid::from_raw).collect())
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.end(Signal::INT);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process tells of nothing: it is asked again and again, with a time-out"
)]
fn pause() {
    thread::sleep(PAUSE);
}

/// A port that nobody listens at now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Whether somebody listens at a port of this machine.
pub(crate) fn listens(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}
