//! `cargo xtask bench chat`: turns per second and latencies over HTTP, on SQLite.
//!
//! Starts the server given as the first argument on an empty folder, imports the demo bot without
//! its HTTP request, and holds conversations over 1, 16 and 64 connections. The load generator
//! shares the machine with the server. The share of what SQLite alone does there is measured in the
//! same run, and so is the memory of conversations that wait.

mod bot;
mod connection;
mod idle;
mod load;
mod server;
mod sqlite;

use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use server::Server;

const CONNECTIONS: [usize; 3] = [1, 16, 64];

fn main() -> Result<()> {
    let binary = std::env::args().nth(1).context("give the server's path")?;
    let folder = tempfile::tempdir()?;
    bot::import(Path::new(&binary), folder.path())?;
    let alone = folder.path().join("alone.db");
    let database = folder.path().join("talkloom.db");
    std::fs::copy(&database, &alone)?;
    let sqlite = sqlite::transactions_per_s(&alone)?;

    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let server = Server::start(Path::new(&binary), folder.path(), address)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "{:>11} {:>10} {:>9} {:>9} {:>9} {:>16}",
        "connections", "turns/s", "p50 ms", "p95 ms", "p99 ms", "of SQLite alone"
    );
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let row = runtime.block_on(load::measure(address, connections))?;
        let share = row.turns_per_s / sqlite;
        println!(
            "{:>11} {:>10.0} {:>9.2} {:>9.2} {:>9.2} {:>15.0}%",
            row.connections,
            row.turns_per_s,
            row.p50_ms,
            row.p95_ms,
            row.p99_ms,
            share * 100.0
        );
        rows.push(json!({
            "connections": row.connections, "turns_per_s": row.turns_per_s.round(),
            "p50_ms": row.p50_ms, "p95_ms": row.p95_ms, "p99_ms": row.p99_ms,
            "share_of_sqlite": share,
        }));
    }
    println!("SQLite alone: {sqlite:.0} such transactions/s on one thread");
    let idle = runtime.block_on(idle::measure(&server, address, &database))?;
    println!(
        "{} more idle sessions: {} KiB before, {} KiB after; {:.0} bytes of stored state each",
        idle.sessions, idle.before_kib, idle.after_kib, idle.state_bytes
    );
    drop(server);
    println!(
        "{}",
        json!({
            "bench": "chat", "database": "sqlite", "rows": rows,
            "sqlite_alone_per_s": sqlite.round(),
            "idle": {
                "sessions": idle.sessions, "before_kib": idle.before_kib,
                "after_kib": idle.after_kib, "state_bytes": idle.state_bytes.round(),
            },
        })
    );
    Ok(())
}
