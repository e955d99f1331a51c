//! A host is killed again and again; what it acknowledged stays.

use std::time::Instant;

use services::{Postgres, PostgresOptions};

use super::host::Host;
use super::rounds;
use super::visitors::{Rules, Visitors};

const RULES: Rules = Rules {
    may_break: true,
    some_without_key: false,
};

async fn kill_again_and_again(mut host: Host) {
    let mut visitors = Visitors::to(&[host.url()], RULES);
    for _ in 0..rounds(20) {
        visitors.acknowledged(50).await;
        host.kill();
        let killed = Instant::now();
        host.start();
        host.until_of_use_since(killed).await;
    }
    visitors.acknowledged(50).await;
    visitors.leave().await.check(&host.store().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_host_on_sqlite_loses_nothing_that_it_acknowledged() {
    kill_again_and_again(Host::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_host_on_postgres_loses_nothing_that_it_acknowledged() {
    let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
    kill_again_and_again(Host::on_postgres(&postgres)).await;
}
