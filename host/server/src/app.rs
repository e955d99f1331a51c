//! What every request needs, built once.

use std::sync::Arc;

use talkloom_blocks::Runtime;
use talkloom_store::Store;
use tokio_util::task::TaskTracker;

use crate::abilities::Post;
use crate::blocks::{EgressWriter, Life};
use crate::bus::Bus;
use crate::conversation::{Catalogs, Conversations, Doubts, Streams};
use crate::credentials::Vault;
use crate::files::Files;
use crate::health::Health;
use crate::limits::Limits;
use crate::listeners::{Addresses, Rooms};
use crate::oauth::{OAuth, Parts};
use crate::redis::Redis;
use crate::stopping::Stopping;
use crate::versions::Versions;
use crate::webhooks::Webhooks;
use crate::{Clock, Config, Entropy};

/// The server's state: cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts of the server's state.
pub struct Inner {
    /// What the operator set.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Redis, where there is one.
    pub redis: Option<Redis>,
    /// What processes tell each other.
    pub bus: Bus,
    /// The sandbox.
    pub blocks: Runtime,
    /// What is installed in it.
    pub life: Life,
    /// What blocks send, on its way to the database.
    pub egress: EgressWriter,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// Stored credentials.
    pub vault: Vault,
    /// Accounts that are connected by signing in elsewhere.
    pub oauth: OAuth,
    /// Files that visitors send.
    pub files: Files,
    /// Published versions in memory.
    pub versions: Versions,
    /// What is installed, as recordings name it.
    pub catalogs: Catalogs,
    /// Running conversations in memory.
    pub conversations: Conversations,
    /// Replies of which it is not known yet whether they are stored.
    pub doubts: Doubts,
    /// Answers that pages show as they come.
    pub streams: Streams,
    /// The operator's mail server, as blocks use it.
    pub post: Post,
    /// Pages that listen for messages from outside.
    pub rooms: Rooms,
    /// Who is told elsewhere of what happens here.
    pub webhooks: Webhooks,
    /// Addresses at which programs reach listeners.
    pub addresses: Addresses,
    /// How often one visitor may ask.
    pub limits: Limits,
    /// Turns, requests and open connections under way; they end before the server does, turns also
    /// when the visitor is gone.
    pub turns: TaskTracker,
    /// Whether the server was asked to stop.
    pub stopping: Stopping,
    /// What `/readyz` found last.
    pub health: Health,
}

impl App {
    /// Puts the parts together, within the runtime that is to run the server.
    pub fn new(
        config: Config,
        store: Store,
        blocks: Runtime,
        clock: Clock,
        entropy: Entropy,
        vault: Vault,
    ) -> Self {
        let redis = Redis::open(&config.redis);
        let bus = Bus::new(redis.as_ref());
        let oauth = OAuth::of_installed(&Parts {
            config: &config,
            store: &store,
            blocks: &blocks,
            clock: &clock,
            entropy: &entropy,
            vault: &vault,
        });
        Self(Arc::new(Inner {
            versions: Versions::new(store.clone(), config.chat.versions_in_memory),
            conversations: Conversations::new(config.chat.sessions_in_memory),
            streams: Streams::new(config.chat.sessions_in_memory),
            doubts: Doubts::default(),
            rooms: Rooms::new(bus.clone()),
            post: Post::new(&config.mail),
            addresses: Addresses::new(&config, &entropy),
            webhooks: Webhooks::new(&store, &bus, redis.is_some()),
            limits: Limits::new(&config.limits, redis.as_ref()),
            catalogs: Catalogs::default(),
            life: Life::default(),
            egress: EgressWriter::default(),
            turns: TaskTracker::new(),
            stopping: Stopping::default(),
            health: Health::default(),
            files: Files::new(&config, &clock, &entropy),
            oauth,
            redis,
            bus,
            config,
            store,
            blocks,
            clock,
            entropy,
            vault,
        }))
    }
}

impl App {
    /// The address of this server for links that are made without a request: the first public one,
    /// else the one it listens at.
    pub fn base_url(&self) -> String {
        if let Some(url) = self.config.public_urls.first() {
            return url.trim_end_matches('/').to_owned();
        }
        let listen = self.config.listen;
        if listen.ip().is_unspecified() {
            return format!("http://localhost:{}", listen.port());
        }
        format!("http://{listen}")
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
