//! Tickets in a SQLite file of their own: apalis has a table `Jobs`, which SQLite could not tell
//! from ours, and its writes do not make conversations wait.

use std::time::Duration;

use anyhow::{Context, Result};
use apalis::prelude::TaskSink;
use apalis_sqlite::{Config as QueueConfig, SqlitePool, SqliteStorage};
use async_trait::async_trait;
use futures_util::stream;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use talkloom_store::repository::Claimed;

use super::{Handover, Station, Ticket, tickets, work};
use crate::Config;

/// Tickets in `queue.db`, beside the database.
pub(super) struct Sqlite {
    pool: SqlitePool,
    config: QueueConfig,
}

impl Sqlite {
    pub(super) async fn open(config: &Config) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(config.data.join("queue.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What is lost here is handed over again.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .context("The file queue.db in the data folder cannot be opened.")?;
        SqliteStorage::<()>::migrations()
            .run(&pool)
            .await
            .context("The file queue.db in the data folder cannot be used. Stop the server and delete it: nothing is lost with it.")?;
        let config = QueueConfig::default()
            .queue("talkloom")
            .batch_size(config.jobs.concurrency)
            // The lease in the store is the lock.
            .lock_tasks(false);
        Ok(Self { pool, config })
    }

    fn storage(&self) -> SqliteStorage<Ticket> {
        SqliteStorage::new(&self.pool).with_config(self.config.clone())
    }
}

#[async_trait]
impl Handover for Sqlite {
    async fn push(&self, jobs: &[Claimed], now_ms: i64) -> Result<()> {
        let mut tickets = stream::iter(tickets(jobs, now_ms));
        Ok(self.storage().push_all(&mut tickets).await?)
    }

    async fn work(&self, station: Station) -> Result<()> {
        work!(self.storage(), station)
    }

    async fn sweep(&self) -> Result<()> {
        // apalis's own would rewrite the whole file.
        for statement in [
            "DELETE FROM Jobs WHERE status IN ('Done', 'Killed', 'Failed') \
             OR (status IN ('Queued', 'Running') AND lock_at < strftime('%s', 'now') - 3600)",
            "DELETE FROM Workers WHERE last_seen < strftime('%s', 'now') - 3600",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        Ok(())
    }
}
