//! The program itself, as an operator runs it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use services::Place;

use crate::app::{self, Answer, block_cache, posting, reply_path, start_path};

/// How long a server may take to come up, and a request to be answered.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program over the data of a [`Place`], with nothing on its standard input.
pub fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talkloom"));
    command
        .arg("--data")
        .arg(data)
        .env("TALKLOOM_BLOCKS__CACHE_DIR", block_cache())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    if let Some(url) = Place::postgres_of(data) {
        command.env("TALKLOOM_DATABASE__URL", url);
    }
    command
}

/// Runs a command to its end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    run_with(data, arguments, &[])
}

/// Runs a command with variables of the environment.
pub fn run_with(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let variables = variables.iter().copied();
    let output = program(data).args(arguments).envs(variables).output();
    output.expect("the program can be started")
}

/// Imports a file and gives the one line that is printed.
pub fn import(data: &Path, file: &Path, more: &[&str]) -> Value {
    let file = file.to_str().expect("the path is text");
    let output = run(data, &[&["import", file], more].concat());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file}: {told}");
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    assert_eq!(printed.lines().count(), 1, "{file}: {printed}");
    serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{file}: {printed}"))
}

/// The exported file of a bot.
pub fn export(data: &Path, id: &str) -> Value {
    let output = run(data, &["export", id]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{id}: {told}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// A server in a process of its own, killed when it is dropped.
pub struct Server {
    child: Child,
    address: String,
    /// Where its figures are, if it tells them.
    figures: String,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Runs a server on a free port of this machine and waits until it listens.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with variables of the environment.
    pub fn start_with(data: &Path, variables: &[(&str, &str)]) -> Self {
        let owned = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::start_at(data, "127.0.0.1:0", &owned.collect::<Vec<_>>())
    }

    /// Runs a server at an address, with variables of the environment, and waits until it listens.
    pub fn start_at(data: &Path, listen: &str, variables: &[(String, String)]) -> Self {
        Self::run(data, &["serve", "--listen", listen], variables)
    }

    /// Runs a process that only does jobs, and waits until it is up.
    pub fn start_worker(data: &Path, variables: &[(String, String)]) -> Self {
        let listen = ("TALKLOOM_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        Self::run(data, &["worker"], &[variables, &[listen]].concat())
    }

    fn run(data: &Path, arguments: &[&str], variables: &[(String, String)]) -> Self {
        let mut child = program(data)
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let (log, received) = read_log(child.stderr.take().expect("the log is piped"));
        let mut server = Self {
            child,
            address: String::new(),
            figures: String::new(),
            log: Some(log),
        };
        (server.address, server.figures) = listening(&received);
        server
    }

    /// Ends the process at once: nothing of it gets to tidy up.
    pub fn kill(mut self) {
        self.child.kill().expect("the server still runs");
        self.child.wait().expect("the server ends");
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name: `TERM`, `STOP`.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill can be run").success(), "{name}");
    }

    /// Asks the server to stop, and gives the lines that it logged.
    pub async fn stop(mut self) -> Vec<String> {
        self.signal("TERM");
        let ending = tokio::task::spawn_blocking(move || {
            let status = self.child.wait().expect("the server ends");
            let log = self.log.take().expect("nobody took it before");
            let log = log.join().expect("the log can be read");
            assert!(status.success(), "{log}");
            log.lines().map(str::to_owned).collect()
        });
        let ended = tokio::time::timeout(PATIENCE, ending).await;
        ended
            .expect("the server ends in time")
            .expect("the server ends well")
    }

    /// Where Prometheus would ask.
    pub fn figures(&self) -> &str {
        &self.figures
    }

    /// Waits for the end of a server that was asked to stop.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().expect("the server ends")
    }

    /// Ends the process at once and gives all that it logged.
    pub fn finish(mut self) -> String {
        self.child.kill().expect("the server still runs");
        self.child.wait().expect("the server ends");
        let log = self.log.take().expect("nobody took it before");
        log.join().expect("the log can be read")
    }

    pub async fn start_chat(&self, public_id: &str) -> Answer {
        self.post(&start_path(public_id), &json!({})).await
    }

    pub async fn say(&self, session: &str, text: &str) -> Answer {
        let message = json!({"message": {"type": "text", "text": text}});
        self.post(&reply_path(session), &message).await
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address.parse().expect("it is an address")
    }

    /// The server's own address, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(posting(&format!("{}{path}", self.url()), body.to_string()))
            .await
    }

    /// Sends any request, which names the whole address.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let path = request.uri().to_string();
        let answering =
            async { app::answer(client.request(request).await.expect("an answer")).await };
        let answered = tokio::time::timeout(PATIENCE, answering).await;
        answered.unwrap_or_else(|_| panic!("no answer from {path}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log to its end, so that the server never waits for a reader.
fn read_log(log: ChildStderr) -> (JoinHandle<String>, Receiver<String>) {
    let (lines, received) = channel();
    let reading = std::thread::spawn(move || {
        let mut whole = String::new();
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            // What it says last is for whoever looks for the cause of a fault.
            if std::env::var_os("TALKLOOM_TEST_LOG").is_some() {
                eprintln!("{line}");
            }
            whole += &line;
            whole.push('\n');
            // Nobody listens once the server is up.
            let _ = lines.send(line);
        }
        whole
    });
    (reading, received)
}

/// The server's address, and that of its figures.
fn listening(log: &Receiver<String>) -> (String, String) {
    let (mut told, mut figures) = (Vec::new(), String::new());
    while let Ok(line) = log.recv_timeout(PATIENCE) {
        if let Some(address) = address_of("listening", &line) {
            return (address, figures);
        }
        if let Some(address) = address_of("figures for Prometheus at /metrics", &line) {
            figures = address;
        }
        told.push(line);
    }
    panic!("the server did not come up: {told:#?}");
}

/// The address in a line of the log, in either of its forms.
fn address_of(message: &str, line: &str) -> Option<String> {
    if let Some((_, address)) = line.split_once(&format!("{message} address=")) {
        return Some(address.trim().to_owned());
    }
    let line: Value = serde_json::from_str(line).ok()?;
    let address = line["address"].as_str()?;
    (line["message"] == message).then(|| address.to_owned())
}
