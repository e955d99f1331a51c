//! Measures sealed credentials on a fresh SQLite file: how long one takes to open, and all to be
//! sealed anew. `cargo run --release -p talkloom --example bench_vault -- 100000`

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use talkloom_server::credentials::{NewAccount, Vault};
use talkloom_server::{Clock, Config, Entropy};
use talkloom_store::{Database, Owner, Store, WorkspaceId};
use talkloom_vault::Secret;

const OPENS: usize = 2_000;
/// The secrets of one credential: fewer transactions to begin with.
const FIELDS: usize = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let secrets: usize = match std::env::args().nth(1) {
        Some(number) => number.parse().context("How many secrets?")?,
        None => 100_000,
    };
    let folder = tempfile::tempdir()?;
    let config = Config {
        data: folder.path().to_owned(),
        ..Config::default()
    };
    let database = match std::env::var("TALKLOOM_DATABASE__URL") {
        Ok(url) => Database::Postgres(url),
        Err(_) => Database::Sqlite(folder.path().join("talkloom.db")),
    };
    let store = Store::open(&database).await?;
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let vault = Vault::open(&config, &store, &clock, &entropy).await?;
    let owner = Owner::Workspace(WorkspaceId::default());

    let small = vault.add(&owner, &account(2)).await?;
    for _ in 0..secrets / FIELDS {
        vault.add(&owner, &account(FIELDS)).await?;
    }
    let mut times = Vec::with_capacity(OPENS);
    for _ in 0..OPENS {
        let began = Instant::now();
        let found = vault.find(&owner, &small).await?.context("it is there")?;
        vault.unseal(&owner, found).await?;
        times.push(began.elapsed());
    }
    times.sort();
    let at = |part: f64| times[((OPENS as f64 * part) as usize).min(OPENS - 1)];
    println!(
        "open, two fields: p50 {:?}, p95 {:?}, p99 {:?}",
        at(0.5),
        at(0.95),
        at(0.99)
    );
    let began = Instant::now();
    let rotated = vault.rotate(true).await?;
    let took: Duration = began.elapsed();
    println!("{} secrets sealed anew in {took:?}", rotated.resealed);
    store.close().await;
    Ok(())
}

fn account(fields: usize) -> NewAccount {
    let secret = |n| {
        (
            format!("field{n}"),
            Secret::new("sk-0123456789abcdefghijklmnopqrstuvwxyz"),
        )
    };
    NewAccount {
        kind: "model".into(),
        name: "Bench".into(),
        account: None,
        fields: BTreeMap::new(),
        secrets: (0..fields).map(secret).collect(),
    }
}
