//! Tickets in PostgreSQL, in apalis's own schema.

use std::time::Duration;

use anyhow::{Context, Result};
use apalis::prelude::TaskSink;
use apalis_postgres::{Config as QueueConfig, PgPool, PostgresStorage};
use async_trait::async_trait;
use futures_util::stream;
use sqlx::postgres::PgPoolOptions;
use talkloom_store::repository::Claimed;

use super::{Handover, Station, Ticket, tickets, work};
use crate::Config;

/// Connections for tickets, beside those of the store.
const CONNECTIONS: u32 = 3;

/// Tickets in the schema `apalis`.
pub(super) struct Postgres {
    pool: PgPool,
    config: QueueConfig,
}

impl Postgres {
    pub(super) async fn open(config: &Config) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(Duration::from_secs(10))
            .connect(&config.database.url)
            .await
            .context("PostgreSQL cannot be reached for the jobs. Check database.url.")?;
        PostgresStorage::<()>::setup(&pool).await.context(
            "The schema apalis, which hands jobs over, cannot be set up. The database's user has to be allowed to create schemas and the extension hstore.",
        )?;
        let config = QueueConfig::default()
            .queue("talkloom")
            .batch_size(config.jobs.concurrency)
            // The lease in the store is the lock.
            .lock_tasks(false);
        Ok(Self { pool, config })
    }

    fn storage(&self) -> PostgresStorage<Ticket> {
        PostgresStorage::new(&self.pool).with_config(self.config.clone())
    }
}

#[async_trait]
impl Handover for Postgres {
    async fn push(&self, jobs: &[Claimed], now_ms: i64) -> Result<()> {
        let mut tickets = stream::iter(tickets(jobs, now_ms));
        Ok(self.storage().push_all(&mut tickets).await?)
    }

    async fn work(&self, station: Station) -> Result<()> {
        work!(self.storage(), station)
    }

    async fn sweep(&self) -> Result<()> {
        for statement in [
            "DELETE FROM apalis.jobs WHERE status IN ('Done', 'Killed', 'Failed') \
             OR (status IN ('Queued', 'Running') AND lock_at < now() - interval '1 hour')",
            "DELETE FROM apalis.workers WHERE last_seen < now() - interval '1 hour'",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        Ok(())
    }
}
