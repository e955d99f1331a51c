//! Tickets in Redis. It may be wiped or stand still at any time: what was handed over and not taken
//! is handed over again, and what cannot be put there runs in this process.

use std::time::Duration;

use anyhow::{Context, Result};
use apalis::prelude::TaskSink;
use apalis_core::backend::Vacuum;
use apalis_redis::{Config as QueueConfig, ConnectionManager, RedisStorage};
use async_trait::async_trait;
use futures_util::stream;
use redis::aio::ConnectionManagerConfig;
use talkloom_store::repository::Claimed;

use super::{Handover, Station, Ticket, tickets, work};
use crate::Config;

/// How long Redis may take to answer before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tickets in Redis.
pub(super) struct Redis {
    connection: ConnectionManager,
    config: QueueConfig,
}

impl Redis {
    pub(super) async fn open(config: &Config) -> Result<Self> {
        let client = redis::Client::open(config.redis.url.as_str())
            .context("redis.url is not valid. Write it like redis://host:6379/.")?;
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        // A server may start before Redis does.
        let connection = ConnectionManager::new_lazy_with_config(client, manager)
            .context("Redis cannot be used for the jobs. Check redis.url.")?;
        let mut queue = QueueConfig::default()
            .queue(format!("{}:jobs", config.redis.prefix))
            .batch_size(config.jobs.concurrency)
            // The lease in the store is the lock.
            .lock_tasks(false);
        queue.emit_events = false;
        queue.idempotency_ttl = Some(Duration::from_secs(3_600));
        Ok(Self {
            connection,
            config: queue,
        })
    }

    fn storage(&self) -> RedisStorage<Ticket> {
        RedisStorage::new(self.connection.clone()).with_config(self.config.clone())
    }
}

#[async_trait]
impl Handover for Redis {
    async fn push(&self, jobs: &[Claimed], now_ms: i64) -> Result<()> {
        let mut tickets = stream::iter(tickets(jobs, now_ms));
        let mut storage = self.storage();
        let pushed = tokio::time::timeout(PATIENCE, storage.push_all(&mut tickets)).await;
        Ok(pushed.context("Redis did not answer.")??)
    }

    async fn work(&self, station: Station) -> Result<()> {
        work!(self.storage(), station)
    }

    async fn sweep(&self) -> Result<()> {
        self.storage().vacuum().await?;
        // apalis keeps the ids of what it did for ever.
        let queue = self.config.queue.to_string();
        let mut connection = self.connection.clone();
        for list in ["done", "dead"] {
            let () = redis::cmd("DEL")
                .arg(format!("{queue}:{list}"))
                .query_async(&mut connection)
                .await?;
        }
        Ok(())
    }
}
