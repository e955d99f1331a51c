//! The real router over a store of its own, with the real sandbox and a clock that stands still.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::Value;
use services::Place;
use talkloom_blocks::Runtime;
use talkloom_server::blocks::{self, Lock};
use talkloom_server::bots::{ImportOptions, Importer};
use talkloom_server::config::EgressConfig;
use talkloom_server::credentials::Vault;
use talkloom_server::{App, Clock, Config, Entropy, tokens};
use talkloom_store::repository::NewVersion;
use talkloom_store::{BotId, Database, Repositories, Store, VersionId, WorkspaceId};
use tower::ServiceExt;

use crate::errors;

/// 2026-01-01T00:00:00Z.
pub const NOW_MS: i64 = 1_767_225_600_000;

/// A server in this process. It goes away with its folder; that no error was logged is checked then.
pub struct TestApp {
    pub app: App,
    router: Router,
    place: Arc<Place>,
    /// What it needs for as long as it runs.
    kept: Vec<Box<dyn std::any::Any + Send>>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Value,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with changed options.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let place = Arc::new(place());
        let app = open(&place, 1, change).await;
        Self::of(app, place)
    }

    /// A second process over the same data, as far as the server can tell.
    pub async fn beside(&self) -> Self {
        self.beside_with(|_| {}).await
    }

    /// As [`TestApp::beside`], with changed options.
    pub async fn beside_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let app = open(&self.place, 2, change).await;
        Self::of(app, Arc::clone(&self.place))
    }

    fn of(app: App, place: Arc<Place>) -> Self {
        errors::watch();
        let router = talkloom_server::router::router(app.clone());
        Self {
            app,
            router,
            place,
            kept: Vec::new(),
        }
    }

    /// Keeps something for as long as the server runs.
    pub fn keep(&mut self, needed: impl std::any::Any + Send) {
        self.kept.push(Box::new(needed));
    }

    /// What is kept, by its type.
    pub fn kept<T: 'static>(&self) -> &T {
        let kept = self.kept.iter();
        let mut found = kept.filter_map(|kept| (**kept).downcast_ref());
        found.next().expect("it is kept")
    }

    /// Asks the database for texts, past the server.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        use sqlx::{Connection, PgConnection, SqliteConnection};
        let configured = Some(self.app.config.database.url.as_str()).filter(|url| !url.is_empty());
        let asked = match configured.or(self.place.postgres()) {
            Some(url) => {
                let mut database = PgConnection::connect(url).await.expect("it connects");
                sqlx::query_scalar(sql).fetch_all(&mut database).await
            }
            None => {
                let file = self.place.path().join("talkloom.db");
                let url = format!("sqlite:{}", file.display());
                let mut database = SqliteConnection::connect(&url).await.expect("it opens");
                sqlx::query_scalar(sql).fetch_all(&mut database).await
            }
        };
        asked.expect("the database answers")
    }

    /// Takes a bot in and lets visitors talk to it.
    pub async fn publish(&self, public_id: &str, document: &Value) -> BotId {
        let importer = Importer {
            store: &self.app.store,
            clock: &self.app.clock,
            entropy: &self.app.entropy,
            lock: &Lock::default(),
        };
        let options = ImportOptions {
            publish: true,
            public_id: Some(public_id),
        };
        let imported = importer
            .import(&workspace(), &document.to_string(), options)
            .await;
        imported.expect("the bot can be imported").id
    }

    /// Publishes a document of a bot exactly as it is.
    pub async fn publish_version(&self, bot: &BotId, document: &Value) {
        let now_ms = self.app.clock.now_ms();
        let version = NewVersion {
            id: self
                .app
                .entropy
                .with(|random| VersionId::draw(now_ms, random)),
            bot_id: bot.clone(),
            document: document.to_string(),
            lock: "{}".to_owned(),
            is_preview: false,
            author_id: None,
            note: None,
        };
        let id = version.id.clone();
        let tx = self.app.store.begin().await.expect("a transaction begins");
        let versions = tx.versions();
        let added = versions.add(&workspace(), version, now_ms).await;
        added.expect("the version is new");
        let bots = tx.bots();
        let published = bots.set_published(&workspace(), bot, Some(&id)).await;
        assert!(published.expect("the bot can be published"));
        tx.commit().await.expect("the transaction commits");
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let router = self.router.clone();
        let Ok(response) = router.oneshot(request).await;
        answer(response).await
    }

    /// Sends a request and gives the answer while it still comes.
    pub async fn open(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = self.router.clone().oneshot(request).await;
        response
    }

    /// The routes, to be served on a real port.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// A fresh token of the workspace that the bots are in.
    pub async fn token(&self) -> String {
        self.token_of(&workspace()).await
    }

    /// A fresh token of a workspace.
    pub async fn token_of(&self, workspace: &WorkspaceId) -> String {
        let (clock, entropy) = (&self.app.clock, &self.app.entropy);
        let drawn = tokens::create(&self.app.store, clock, entropy, workspace, "Test").await;
        drawn.expect("the token can be made").token
    }

    /// Posts JSON and shows a token.
    pub async fn post_with(&self, token: &str, path: &str, body: &Value) -> Answer {
        let mut request = posting(path, body.to_string());
        let bearer = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", bearer);
        self.send(request).await
    }

    /// Gets a page or a JSON document.
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty());
        self.send(request.expect("the request is whole")).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(posting(path, body.to_string())).await
    }

    pub async fn start(&self, public_id: &str, body: Value) -> Answer {
        self.post(&start_path(public_id), &body).await
    }

    pub async fn reply(&self, session: &str, body: Value) -> Answer {
        self.post(&reply_path(session), &body).await
    }

    /// Replies with a text.
    pub async fn say(&self, session: &str, text: &str) -> Answer {
        let message = serde_json::json!({"message": {"type": "text", "text": text}});
        self.reply(session, message).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let told = errors::take();
            assert!(told.is_empty(), "errors were logged: {told}");
        }
    }
}

pub fn start_path(public_id: &str) -> String {
    format!("/api/v1/typebots/{public_id}/startChat")
}

pub fn reply_path(session: &str) -> String {
    format!("/api/v1/sessions/{session}/continueChat")
}

pub fn posting(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/json")
        .body(body.into())
        .expect("the request is whole")
}

pub fn workspace() -> WorkspaceId {
    WorkspaceId::default()
}

impl Answer {
    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> &str {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{pointer} is no text in {:#}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Status and body, for snapshots.
    pub fn seen(&self) -> String {
        format!("{} {:#}\n", self.status, self.body)
    }
}

/// Reads an answer to its end.
pub async fn answer<B>(response: Response<B>) -> Answer
where
    B: HttpBody<Data = Bytes, Error: std::fmt::Debug>,
{
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the body arrives").to_bytes();
    let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
    }
}

/// Where a test's data lives.
pub fn place() -> Place {
    Place::new(migrate).expect("a place for the data")
}

/// Brings the schema to an empty database, on a thread of its own: a test may run on a runtime.
fn migrate(url: &str) -> anyhow::Result<()> {
    let database = Database::Postgres(url.to_owned());
    let migrating = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            Store::open(&database).await?.close().await;
            anyhow::Ok(())
        })
    });
    migrating.join().expect("migrating does not panic")
}

/// Opens the store of a place.
pub async fn open_store(place: &Place) -> Store {
    let database = match place.postgres() {
        Some(url) => Database::Postgres(url.to_owned()),
        None => Database::Sqlite(place.path().join("talkloom.db")),
    };
    Store::open(&database).await.expect("the database opens")
}

async fn open(place: &Place, seed: u64, change: impl FnOnce(&mut Config)) -> App {
    let mut config = Config {
        data: place.path().to_owned(),
        ..Config::default()
    };
    change(&mut config);
    let store = match config.database.url.as_str() {
        "" => open_store(place).await,
        url => Store::open(&Database::Postgres(url.to_owned()))
            .await
            .expect("the database opens"),
    };
    let own_egress = (config.egress != EgressConfig::default()).then(|| config.clone());
    let blocks = tokio::task::spawn_blocking(|| match own_egress {
        Some(config) => install(config),
        None => BLOCKS.clone(),
    });
    let blocks = blocks.await.expect("the blocks can be installed");
    let clock = match config.storage.s3.bucket.as_str() {
        "" => Clock::manual(NOW_MS),
        // The store looks at the real time.
        _ => Clock::manual(Clock::system().now_ms()),
    };
    let entropy = Entropy::seeded(seed);
    let vault = Vault::open(&config, &store, &clock, &entropy).await;
    let vault = vault.expect("the master key can be used");
    App::new(config, store, blocks, clock, entropy, vault)
}

/// The first-party blocks: compiled once, also when test processes start side by side.
static BLOCKS: LazyLock<Runtime> = LazyLock::new(|| install(Config::default()));

fn install(mut config: Config) -> Runtime {
    let cache = block_cache();
    std::fs::create_dir_all(&cache).expect("the cache's folder can be made");
    let compiling = File::create(cache.join("compiling.lock")).expect("the lock can be made");
    compiling.lock().expect("the lock can be taken");
    config.blocks.cache_dir = cache;
    let components = blocks::find(&config).expect("the blocks can be read");
    assert!(
        components.iter().any(|block| block.name == "script.wasm"),
        "the blocks are missing: run `cargo xtask blocks`"
    );
    let clock = Clock::manual(NOW_MS);
    blocks::start(&config, &clock, components).expect("the blocks can be installed")
}

/// Compiled blocks, kept from one run of the tests to the next.
pub fn block_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("server-blocks")
}
