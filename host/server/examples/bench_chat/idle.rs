//! What conversations cost that wait for a reply.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use crate::connection::Connection;
use crate::server::Server;

const SESSIONS: usize = 10_000;
/// How many times as many begin beforehand.
const WARM_UP: usize = 6;
/// How long the bench waits for the server to let go of conversations: it is told one second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Memory around ten thousand conversations that nobody answers.
pub struct Idle {
    pub sessions: usize,
    pub before_kib: u64,
    pub after_kib: u64,
    pub state_bytes: f64,
}

/// Begins conversations, waits until they are idle, and looks at the process.
pub async fn measure(server: &Server, address: SocketAddr, database: &Path) -> Result<Idle> {
    let mut connection = Connection::open(address).await?;
    let begin = |_| ("/api/v1/typebots/bench/startChat", json!({}));
    // Pools and the database's page caches are to be full before.
    for (path, body) in (0..WARM_UP * SESSIONS).map(begin) {
        connection.post(path, &body).await?;
    }
    let before_kib = settled(server).await?;
    for (path, body) in (0..SESSIONS).map(begin) {
        connection.post(path, &body).await?;
    }
    let after_kib = settled(server).await?;
    let rows = rusqlite::Connection::open(database)?;
    let state_bytes = rows
        .query_row("SELECT avg(length(state)) FROM sessions", [], |row| {
            row.get(0)
        })
        .context("there are sessions")?;
    Ok(Idle {
        sessions: SESSIONS,
        before_kib,
        after_kib,
        state_bytes,
    })
}

/// The least memory that is seen while the server has nothing to do.
async fn settled(server: &Server) -> Result<u64> {
    let until = Instant::now() + PATIENCE;
    let mut least = u64::MAX;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(500)).await;
        least = least.min(server.memory_kib()?);
    }
    Ok(least)
}
