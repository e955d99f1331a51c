//! Redis: one connection for everything, and none of it needed.
//!
//! A command gives nothing where Redis is away or too slow, and its caller goes on without. Once a
//! command failed, the next ones are not tried: a task of its own knocks every second until Redis
//! answers again. So a dead Redis costs a request nothing.

mod keeper;

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisResult, ScriptInvocation};
use tokio_util::task::AbortOnDropHandle;

use crate::Entropy;
use crate::config::RedisConfig;
use keeper::Link;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long a connection may take to come up; nobody waits for it.
const CONNECTING: Duration = Duration::from_secs(2);

/// Counts how often this installation's processes found Redis again after it was away.
const ERA: &str = "era";

/// The connection to Redis. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    prefix: String,
    /// Tells this process apart from the others, on the bus and as the holder of leases.
    process: String,
    link: Arc<Link>,
    _keeper: AbortOnDropHandle<()>,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

impl Redis {
    /// Begins to connect, where an address is set. Nothing is waited for.
    pub fn open(config: &RedisConfig) -> Option<Self> {
        if config.url.is_empty() {
            return None;
        }
        match Self::connect(config) {
            Ok(redis) => Some(redis),
            Err(error) => {
                tracing::error!(%error, "redis.url cannot be used: the server goes on without Redis");
                None
            }
        }
    }

    fn connect(config: &RedisConfig) -> RedisResult<Self> {
        let client = Client::open(config.url.as_str())?;
        let times = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECTING))
            // Commands have a limit of their own, see `limited`.
            .set_response_timeout(Some(CONNECTING))
            .set_pipeline_buffer_size(1_024);
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), times)?;
        let link = Arc::new(Link::new(manager, format!("{}:{ERA}", config.prefix)));
        let keeper = tokio::spawn(Arc::clone(&link).keep());
        Ok(Self(Arc::new(Inner {
            client,
            prefix: config.prefix.clone(),
            // Not drawn from the server's own randomness, which tests seed alike.
            process: Entropy::system().id(),
            link,
            _keeper: AbortOnDropHandle::new(keeper),
        })))
    }

    /// A key of this installation.
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.0.prefix)
    }

    /// The key of a counter: what was stored while it stood lower may be out of date. Redis may have
    /// come back with an old copy, or turns were taken without it.
    pub fn era(&self) -> String {
        self.key(ERA)
    }

    /// What this process calls itself: 24 letters and digits.
    pub fn process(&self) -> &str {
        &self.0.process
    }

    /// For a connection of one's own: subscriptions need one.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Whether Redis answered last.
    pub fn is_up(&self) -> bool {
        self.0.link.is_up()
    }

    /// Waits until Redis answers.
    pub async fn until_up(&self) {
        self.0.link.until(true).await;
    }

    /// Waits until a command failed.
    pub async fn until_down(&self) {
        self.0.link.until(false).await;
    }

    /// Tells that something went wrong with Redis: it counts as away until it answers again.
    pub(crate) fn suspect(&self, reason: &str) {
        self.0.link.fail(reason);
    }

    /// Runs a command.
    pub async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        self.limited(async |mut connection| command.query_async(&mut connection).await)
            .await
    }

    /// Runs several commands in one round trip.
    pub async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Option<T> {
        self.limited(async |mut connection| pipeline.query_async(&mut connection).await)
            .await
    }

    /// Runs a script.
    pub async fn script<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<T> {
        self.limited(async |mut connection| script.invoke_async(&mut connection).await)
            .await
    }

    async fn limited<T>(
        &self,
        run: impl AsyncFnOnce(ConnectionManager) -> RedisResult<T>,
    ) -> Option<T> {
        let link = &self.0.link;
        if !link.is_up() {
            return None;
        }
        match tokio::time::timeout(PATIENCE, run(link.connection())).await {
            Ok(Ok(given)) => Some(given),
            Ok(Err(error)) => {
                link.fail(&error.to_string());
                None
            }
            Err(_) => {
                link.fail("it did not answer in time");
                None
            }
        }
    }
}
