//! `cargo xtask bench chat`: turns per second and latencies over HTTP, on SQLite.
//!
//! Starts the server given as the first argument on an empty folder, imports the demo bot without
//! its HTTP request, and holds conversations over 1, 16 and 64 connections. The load generator
//! shares the machine with the server.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);
const CONNECTIONS: [usize; 3] = [1, 16, 64];

fn main() -> Result<()> {
    let binary = std::env::args().nth(1).context("give the server's path")?;
    let folder = tempfile::tempdir()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    import(Path::new(&binary), folder.path())?;
    let server = Server::start(Path::new(&binary), folder.path(), address)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "{:>11} {:>10} {:>9} {:>9} {:>9}",
        "connections", "turns/s", "p50 ms", "p95 ms", "p99 ms"
    );
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let row = runtime.block_on(measure(address, connections))?;
        println!(
            "{:>11} {:>10.0} {:>9.2} {:>9.2} {:>9.2}",
            row.connections, row.turns_per_s, row.p50_ms, row.p95_ms, row.p99_ms
        );
        rows.push(json!({
            "connections": row.connections, "turns_per_s": row.turns_per_s.round(),
            "p50_ms": row.p50_ms, "p95_ms": row.p95_ms, "p99_ms": row.p99_ms,
        }));
    }
    drop(server);
    println!(
        "{}",
        json!({"bench": "chat", "database": "sqlite", "rows": rows})
    );
    Ok(())
}

/// Publishes the demo bot without blocks that leave the server.
fn import(binary: &Path, folder: &Path) -> Result<()> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo.json");
    let mut bot: Value = serde_json::from_str(&std::fs::read_to_string(source)?)?;
    for group in bot["groups"]
        .as_array_mut()
        .context("the demo bot has groups")?
    {
        let blocks = group["blocks"]
            .as_array_mut()
            .context("groups have blocks")?;
        // A block before a removed one still falls through to the next in its group; the last
        // one's edge is kept by handing it to its predecessor.
        if let Some(at) = blocks.iter().position(|block| block["type"] == "Webhook") {
            let removed = blocks.remove(at);
            if at > 0 && at == blocks.len() {
                blocks[at - 1]["outgoingEdgeId"] = removed["outgoingEdgeId"].clone();
            }
        }
    }
    let file = folder.join("bench.json");
    std::fs::write(&file, bot.to_string())?;
    let status = Command::new(binary)
        .arg("import")
        .arg(&file)
        .args(["--publish", "--public-id", "bench", "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the bench's bot could not be imported");
    Ok(())
}

struct Row {
    connections: usize,
    turns_per_s: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

async fn measure(address: SocketAddr, connections: usize) -> Result<Row> {
    let start = Instant::now();
    let from = start + WARM_UP;
    let until = from + MEASURED;
    let visitors: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(visit(address, from, until)))
        .collect();
    let mut times = Vec::new();
    for visitor in visitors {
        times.extend(visitor.await??);
    }
    ensure!(!times.is_empty(), "no turn was answered");
    times.sort_unstable();
    let at = |share: f64| {
        let index = ((times.len() - 1) as f64 * share) as usize;
        times[index].as_secs_f64() * 1_000.0
    };
    Ok(Row {
        connections,
        turns_per_s: times.len() as f64 / MEASURED.as_secs_f64(),
        p50_ms: at(0.5),
        p95_ms: at(0.95),
        p99_ms: at(0.99),
    })
}

/// Holds one conversation after another; gives the time of each turn in the measured window.
async fn visit(address: SocketAddr, from: Instant, until: Instant) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::new();
    let mut session: Option<(String, Value)> = None;
    while Instant::now() < until {
        let (path, body) = match &session {
            None => ("/api/v1/typebots/bench/startChat".to_owned(), json!({})),
            Some((id, input)) => (
                format!("/api/v1/sessions/{id}/continueChat"),
                json!({"message": answer(input)?}),
            ),
        };
        let sent = Instant::now();
        let reply = connection.post(&path, &body).await?;
        if sent >= from {
            times.push(sent.elapsed());
        }
        let id = match (&session, reply["sessionId"].as_str()) {
            (_, Some(id)) => id.to_owned(),
            (Some((id, _)), None) => id.clone(),
            (None, None) => bail!("a start gave no session: {reply}"),
        };
        session = reply.get("input").map(|input| (id, input.clone()));
    }
    Ok(times)
}

/// A valid answer to an input.
fn answer(input: &Value) -> Result<String> {
    Ok(match input["type"].as_str().unwrap_or_default() {
        "email input" => "ada@example.com".to_owned(),
        "choice input" => {
            let first = &input["items"][0];
            first["content"]
                .as_str()
                .context("a button has a text")?
                .to_owned()
        }
        "text input" => "Ada".to_owned(),
        other => bail!("the bench has no answer to a {other}"),
    })
}

/// HTTP/1.1 over one kept connection; as little work as possible, since it shares the machine.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let (status, head, length) = loop {
            ensure!(
                self.stream.read_buf(&mut self.buffer).await? > 0,
                "the server hung up"
            );
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut response = httparse::Response::new(&mut headers);
            if let httparse::Status::Complete(head) = response.parse(&self.buffer)? {
                let length = response
                    .headers
                    .iter()
                    .find(|header| header.name.eq_ignore_ascii_case("content-length"))
                    .and_then(|header| {
                        std::str::from_utf8(header.value)
                            .ok()?
                            .parse::<usize>()
                            .ok()
                    })
                    .context("a reply has a length")?;
                break (response.code.unwrap_or_default(), head, length);
            }
        };
        while self.buffer.len() < head + length {
            ensure!(
                self.stream.read_buf(&mut self.buffer).await? > 0,
                "the server hung up"
            );
        }
        let body = &self.buffer[head..head + length];
        ensure!(
            status == 200,
            "{path} gave {status}: {}",
            String::from_utf8_lossy(body)
        );
        Ok(serde_json::from_slice(body)?)
    }
}

/// The measured server; it ends when this is dropped.
struct Server(Child);

impl Server {
    fn start(binary: &Path, folder: &Path, address: SocketAddr) -> Result<Self> {
        let child = Command::new(binary)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(folder)
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
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
