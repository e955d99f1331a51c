//! Conversations over kept connections, and how long their turns take.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use crate::bot::answer;
use crate::connection::Connection;

const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);

/// One line of the table.
pub struct Row {
    pub connections: usize,
    pub turns_per_s: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
}

/// Talks for a while over that many connections.
pub async fn measure(address: SocketAddr, connections: usize) -> Result<Row> {
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
