//! `cargo xtask bench start`: how long a server takes from its start to its first answer, and what
//! memory it takes while nobody asks.
//!
//! The server given as the first argument starts again and again over one folder: once to fill the
//! cache of compiled blocks, then measured. The table has the median of each figure. A second
//! argument is the number of measured starts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

const STARTS: usize = 9;
/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a server that comes up is knocked at.
const KNOCK: Duration = Duration::from_micros(500);
/// What a server has to do after its first answer is done by then.
const REST: Duration = Duration::from_secs(3);

/// What one start took.
struct Start {
    listening_ms: f64,
    answer_ms: f64,
    rss_mib: f64,
    anonymous_mib: f64,
    pss_mib: f64,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().context("give the server's path")?;
    let starts = match arguments.next() {
        Some(number) => number.parse()?,
        None => STARTS,
    };
    let folder = tempfile::tempdir()?;
    let (binary, folder) = (Path::new(&binary), folder.path());
    import(binary, folder)?;
    let cold = measure(binary, folder)?;
    let warm = (0..starts)
        .map(|_| measure(binary, folder))
        .collect::<Result<Vec<_>>>()?;
    println!(
        "{:>22} {:>13} {:>15} {:>8} {:>13} {:>8}",
        "cache of blocks",
        "listening ms",
        "first answer ms",
        "RSS MiB",
        "of its own MiB",
        "PSS MiB"
    );
    let warm = Start {
        listening_ms: median(&warm, |start| start.listening_ms),
        answer_ms: median(&warm, |start| start.answer_ms),
        rss_mib: median(&warm, |start| start.rss_mib),
        anonymous_mib: median(&warm, |start| start.anonymous_mib),
        pss_mib: median(&warm, |start| start.pss_mib),
    };
    for (name, start) in [("cold", &cold), ("warm, the median", &warm)] {
        println!(
            "{name:>22} {:>13.0} {:>15.0} {:>8.1} {:>13.1} {:>8.1}",
            start.listening_ms, start.answer_ms, start.rss_mib, start.anonymous_mib, start.pss_mib
        );
    }
    let line = |start: &Start| {
        json!({
            "listening_ms": start.listening_ms, "answer_ms": start.answer_ms,
            "rss_mib": start.rss_mib, "anonymous_mib": start.anonymous_mib,
            "pss_mib": start.pss_mib,
        })
    };
    println!(
        "{}",
        json!({"bench": "start", "starts": starts, "cold": line(&cold), "warm": line(&warm)})
    );
    Ok(())
}

fn import(binary: &Path, folder: &Path) -> Result<()> {
    let bot = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.json");
    let status = Command::new(binary)
        .arg("import")
        .arg(bot)
        .args(["--publish", "--public-id", "bench", "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the bench's bot could not be imported");
    Ok(())
}

/// A server that ends when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn measure(binary: &Path, folder: &Path) -> Result<Start> {
    // The port is free again once the listener is dropped.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let started = Instant::now();
    let child = Command::new(binary)
        .args(["serve", "--listen", &address.to_string(), "--data"])
        .arg(folder)
        .env("TALKLOOM_LOG", "error")
        .stdout(Stdio::null())
        .spawn()?;
    let mut server = Server(child);
    let mut connection = connect(&mut server, address, started)?;
    let listening_ms = ms(started);
    ask(&mut connection)?;
    let answer_ms = ms(started);
    drop(connection);
    rest();
    let pid = server.0.id();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let shares = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    Ok(Start {
        listening_ms,
        answer_ms,
        rss_mib: mib(&status, "VmRSS:")?,
        anonymous_mib: mib(&status, "RssAnon:")?,
        pss_mib: mib(&shares, "Pss:")?,
    })
}

fn connect(server: &mut Server, address: SocketAddr, started: Instant) -> Result<TcpStream> {
    loop {
        if let Ok(connection) = TcpStream::connect(address) {
            return Ok(connection);
        }
        if let Some(status) = server.0.try_wait()? {
            bail!("the server ended: {status}");
        }
        ensure!(started.elapsed() < PATIENCE, "the server does not come up");
        std::thread::park_timeout(KNOCK);
    }
}

/// Begins a conversation and reads the answer to its end.
fn ask(connection: &mut TcpStream) -> Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(
        b"POST /api/v1/typebots/bench/startChat HTTP/1.1\r\nhost: bench\r\n\
          content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    ensure!(
        answer.starts_with("HTTP/1.1 200"),
        "the server answered {answer}"
    );
    Ok(())
}

fn rest() {
    let until = Instant::now() + REST;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

fn ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

/// A line of the process' memory, which is told in KiB.
fn mib(text: &str, name: &str) -> Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = number.context("the process tells no memory")?.parse()?;
    Ok(kib / 1_024.0)
}

fn median(starts: &[Start], figure: impl Fn(&Start) -> f64) -> f64 {
    let mut figures: Vec<_> = starts.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
