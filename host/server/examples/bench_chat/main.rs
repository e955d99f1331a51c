//! `cargo xtask bench chat`: turns per second and latencies over HTTP, on each database.
//!
//! Starts the server given as the first argument on an empty database, imports the demo bot without
//! its HTTP request, and holds conversations over 1, 16 and 64 connections: first on SQLite, then on
//! a PostgreSQL server of its own with default durability. The load generator shares the machine
//! with the server. What the database alone does with the same statements is measured in the same
//! run, and so is the memory of conversations that wait. A second argument, `sqlite` or `postgres`,
//! measures that one alone.

mod bot;
mod connection;
mod idle;
mod load;
mod postgres;
mod server;
mod sqlite;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use services::{Postgres, PostgresOptions};
use tokio::runtime::Runtime;

use server::{Program, Server};

const CONNECTIONS: [usize; 3] = [1, 16, 64];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().context("give the server's path")?;
    let binary = Path::new(&binary);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match arguments.next().as_deref() {
        None => {
            on_sqlite(binary, &runtime)?;
            on_postgres(binary, &runtime)
        }
        Some("sqlite") => on_sqlite(binary, &runtime),
        Some("postgres") => on_postgres(binary, &runtime),
        Some(other) => bail!("{other} is neither sqlite nor postgres"),
    }
}

fn on_sqlite(binary: &Path, runtime: &Runtime) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = Program {
        binary,
        folder: folder.path(),
        database_url: None,
    };
    bot::import(&program)?;
    let alone = folder.path().join("alone.db");
    let database = folder.path().join("talkloom.db");
    std::fs::copy(&database, &alone)?;
    let alone = sqlite::transactions_per_s(&alone)?;

    let address = free_address()?;
    let server = Server::start(&program, address)?;
    let rows = table(runtime, address, "SQLite", alone)?;
    println!("SQLite alone: {alone:.0} such transactions/s on one thread");
    let idle = runtime.block_on(idle::measure(&server, address, &database))?;
    println!(
        "{} more idle sessions: {} KiB before, {} KiB after; {:.0} bytes of stored state each",
        idle.sessions, idle.before_kib, idle.after_kib, idle.state_bytes
    );
    println!(
        "{}",
        json!({
            "bench": "chat", "database": "sqlite", "rows": rows, "alone_per_s": alone.round(),
            "idle": {
                "sessions": idle.sessions, "before_kib": idle.before_kib,
                "after_kib": idle.after_kib, "state_bytes": idle.state_bytes.round(),
            },
        })
    );
    Ok(())
}

fn on_postgres(binary: &Path, runtime: &Runtime) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(PostgresOptions { is_durable: true })?;
    let database = postgres.database()?;
    let program = Program {
        binary,
        folder: folder.path(),
        database_url: Some(database.url()),
    };
    bot::import(&program)?;
    let alone = postgres::transactions_per_s(&database, folder.path())?;
    let address = free_address()?;
    let server = Server::start(&program, address)?;
    let rows = table(runtime, address, "PostgreSQL", alone)?;
    println!(
        "PostgreSQL alone: {alone:.0} such transactions/s over {} connections",
        postgres::CLIENTS
    );
    drop(server);
    println!(
        "{}",
        json!({
            "bench": "chat", "database": "postgres", "rows": rows, "alone_per_s": alone.round(),
        })
    );
    Ok(())
}

fn table(runtime: &Runtime, address: SocketAddr, name: &str, alone: f64) -> Result<Vec<Value>> {
    let last = format!("of {name} alone");
    println!(
        "{:>11} {:>10} {:>9} {:>9} {:>9} {last:>20}",
        "connections", "turns/s", "p50 ms", "p95 ms", "p99 ms"
    );
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let row = runtime.block_on(load::measure(address, connections))?;
        let share = row.turns_per_s / alone;
        println!(
            "{:>11} {:>10.0} {:>9.2} {:>9.2} {:>9.2} {:>19.0}%",
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
            "share_of_alone": share,
        }));
    }
    Ok(rows)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
