//! One installation: a bot, a database, and a server that may end and come back at its address.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use services::Postgres;
use talkloom_store::{Database, Store};
use tempfile::TempDir;

use super::RECOVERY;
use super::visitors::{Outcome, Sender};
use crate::app::{Answer, start_path};
use crate::bots::{bot, text, text_input};
use crate::process::{Server, run_with};

/// Questions that the bot asks.
pub const QUESTIONS: usize = 8;
pub const PUBLIC_ID: &str = "questions";
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server, its settings and its data.
pub struct Host {
    folder: TempDir,
    settings: Vec<(String, String)>,
    listen: String,
    server: Option<Server>,
    without_blocks: Option<TempDir>,
}

/// Asks so many questions and ends.
pub fn questionnaire(questions: usize) -> Value {
    let mut blocks: Vec<_> = (0..questions)
        .map(|place| text_input(&format!("q{place:02}"), "v_name"))
        .collect();
    blocks.push(text("b_done", "Done."));
    bot(&blocks)
}

/// A port that is free now and stays the host's own, whatever becomes of its server.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("it has an address")
        .to_string()
}

pub fn setting(name: &str, value: &str) -> (String, String) {
    (format!("TALKLOOM_{name}"), value.to_owned())
}

impl Host {
    /// A server over SQLite.
    pub fn on_sqlite() -> Self {
        Self::with(Vec::new())
    }

    /// A server over a PostgreSQL of its own.
    pub fn on_postgres(postgres: &Postgres) -> Self {
        Self::with(vec![setting("DATABASE__URL", postgres.url())])
    }

    /// A server with settings, and the bot of questions. It has no blocks: it is up sooner.
    pub fn with(settings: Vec<(String, String)>) -> Self {
        Self::with_bot(settings, None)
    }

    /// As [`Host::with`], and beside the bot of questions another one under a name.
    pub fn with_bot(mut settings: Vec<(String, String)>, another: Option<(&str, &Value)>) -> Self {
        let nothing = tempfile::tempdir().expect("a temporary folder");
        let folder = nothing.path().to_str().expect("the path is text");
        settings.push(setting("BLOCKS__DIR", folder));
        let mut host = Self::without_bot(settings);
        host.without_blocks = Some(nothing);
        host.publish(PUBLIC_ID, &questionnaire(QUESTIONS));
        if let Some((name, document)) = another {
            host.publish(name, document);
        }
        host.running()
    }

    /// A server with settings and a bot.
    pub fn of(settings: Vec<(String, String)>, document: &Value) -> Self {
        let host = Self::without_bot(settings);
        host.publish(PUBLIC_ID, document);
        host.running()
    }

    /// A second server over the same database.
    pub fn beside(&self) -> Self {
        Self::without_bot(self.settings.clone()).running()
    }

    fn without_bot(mut settings: Vec<(String, String)>) -> Self {
        // Hosts over one database have one key.
        settings.push(setting("KEYS__MASTER_KEY", MASTER_KEY));
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            settings,
            listen: free_address(),
            server: None,
            without_blocks: None,
        }
    }

    /// A process over the same database that only does jobs.
    pub fn worker_beside(&self) -> Self {
        let mut worker = Self::without_bot(self.settings.clone());
        let (data, settings) = (worker.folder.path(), &worker.settings);
        let start = || Server::start_worker(data, settings);
        worker.server = Some(tokio::task::block_in_place(start));
        worker
    }

    /// Lets visitors talk to a bot; gives its id.
    pub fn publish(&self, public_id: &str, document: &Value) -> String {
        let file = self.folder.path().join("bot.json");
        std::fs::write(&file, document.to_string()).expect("the file can be written");
        let file = file.to_str().expect("the path is text");
        let printed = self.run(&["import", file, "--publish", "--public-id", public_id]);
        let imported: Value = serde_json::from_str(&printed).expect("it prints JSON");
        let id = imported["id"].as_str().expect("it has an id");
        id.to_owned()
    }

    /// Runs a command with the server's settings; gives what it prints.
    pub fn run(&self, arguments: &[&str]) -> String {
        let settings = self.settings.iter();
        let settings: Vec<_> = settings
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let output = run_with(self.folder.path(), arguments, &settings);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        String::from_utf8(output.stdout).expect("it prints text")
    }

    fn running(mut self) -> Self {
        self.start();
        self
    }

    /// Starts the server, at the address that it had before.
    pub fn start(&mut self) {
        let (data, settings) = (self.folder.path(), &self.settings);
        let start = || Server::start_at(data, &self.listen, settings);
        self.server = Some(tokio::task::block_in_place(start));
    }

    /// Ends the server as a power cut does.
    pub fn kill(&mut self) {
        self.server.take().expect("the server runs").kill();
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("the server runs")
    }

    /// Takes the server out, to see it end.
    pub fn take_server(&mut self) -> Server {
        self.server.take().expect("the server runs")
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    pub fn address(&self) -> SocketAddr {
        self.listen.parse().expect("it is an address")
    }

    /// What is at an address of the server.
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(format!("{}{path}", self.url())).body(Body::empty());
        self.server()
            .send(request.expect("the request is whole"))
            .await
    }

    /// Asks `/readyz` until it gives a status.
    pub async fn until_readyz(&self, status: u16) -> Value {
        let began = Instant::now();
        let mut again = tokio::time::interval(Duration::from_millis(20));
        loop {
            again.tick().await;
            let ready = self.get("/readyz").await;
            if ready.status == status {
                return ready.body;
            }
            assert!(
                began.elapsed() < RECOVERY,
                "{} {:#}",
                ready.status,
                ready.body
            );
        }
    }

    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// What is stored.
    pub async fn store(&self) -> Store {
        let url = self
            .settings
            .iter()
            .find(|(name, _)| name.ends_with("DATABASE__URL"));
        let database = match url {
            Some((_, url)) => Database::Postgres(url.clone()),
            None => Database::Sqlite(self.data().join("talkloom.db")),
        };
        Store::open(&database).await.expect("the database is sound")
    }

    /// Waits until a conversation can be started, which must not take long.
    pub async fn until_of_use(&self) {
        self.until_of_use_since(Instant::now()).await;
    }

    /// As [`Host::until_of_use`], counted from a moment before.
    pub async fn until_of_use_since(&self, began: Instant) {
        let sender = Sender::to(&self.url());
        let mut again = tokio::time::interval(Duration::from_millis(20));
        loop {
            let outcome = sender.post(&start_path(PUBLIC_ID), &json!({}), None).await;
            if matches!(outcome, Outcome::Answered(_)) {
                return;
            }
            assert!(began.elapsed() < RECOVERY, "not of use yet: {outcome:?}");
            again.tick().await;
        }
    }
}
