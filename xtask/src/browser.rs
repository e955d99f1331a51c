//! Browser tests: a private server with the demo bot, and Node's test runner against it. Tests with
//! bots of their own start servers of their own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::step::root;
use crate::{run, system};

/// How long a server may take to answer: a first start compiles the blocks.
const START_LIMIT: Duration = Duration::from_secs(120);

/// Installs what the tests need, starts a server on a free port and runs them.
///
/// # Errors
/// When a test fails, or the server does not start.
pub fn test(sh: &Shell, talkloom: &Path) -> Result<()> {
    let chromium = system::chromium(sh)?;
    system::npm(sh)?;
    system::ensure(sh, &["sqlite3"], &["sqlite3"])?;
    let folder = root().join("web/tests");
    {
        let _inside = sh.push_dir(&folder);
        cmd!(sh, "npm ci --no-audit --no-fund")
            .quiet()
            .ignore_stdout()
            .run()?;
    }
    let data = sh.create_temp_dir()?;
    let server = Server::start(sh, talkloom, data.path())?;
    let _inside = sh.push_dir(&folder);
    cmd!(sh, "npm test --silent")
        .env("TALKLOOM_URL", format!("http://{}", server.address))
        .env("TALKLOOM_BIN", std::path::absolute(talkloom)?)
        .env("CHROMIUM", chromium)
        .quiet()
        .run()?;
    Ok(())
}

/// A server of ours; it ends when this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server with the demo bot on a free port and waits until it answers.
    ///
    /// # Errors
    /// When it ends or does not answer within two minutes.
    pub fn start(sh: &Shell, talkloom: &Path, data: &Path) -> Result<Self> {
        let address = free_address()?;
        let config = run::prepare(sh, talkloom, address, data)?;
        let mut child = Command::new(talkloom)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(data)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("starting the server")?;
        let started = Instant::now();
        while !answers(address) {
            if let Some(status) = child.try_wait()? {
                bail!("the server ended before it answered: {status}");
            }
            if started.elapsed() > START_LIMIT {
                child.kill()?;
                bail!("the server did not answer on http://{address}/healthz");
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        Ok(Self { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has usually ended with the terminal's signal; nothing is lost either way.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")
        .context("finding a free port")?
        .local_addr()?)
}

/// Whether `/healthz` gives 200.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut line = String::new();
        BufReader::new(stream.take(256)).read_line(&mut line)?;
        Ok(line)
    };
    ask().is_ok_and(|line| line.starts_with("HTTP/1.1 200"))
}
