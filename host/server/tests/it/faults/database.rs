//! PostgreSQL goes and comes back.

use services::{Postgres, PostgresOptions};
use tokio::task::block_in_place;

use super::host::Host;
use super::rounds;
use super::visitors::{Rules, Visitors};

const RULES: Rules = Rules {
    may_break: false,
    some_without_key: true,
};

fn durable() -> Postgres {
    Postgres::start(PostgresOptions::default()).expect("PostgreSQL starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgres_loses_and_doubles_nothing() {
    let mut postgres = durable();
    let host = Host::on_postgres(&postgres);
    let mut visitors = Visitors::to(&[host.url()], RULES);
    for round in 0..rounds(6) {
        visitors.acknowledged(200).await;
        if round % 2 == 0 {
            block_in_place(|| postgres.stop()).expect("PostgreSQL stops");
        } else {
            block_in_place(|| postgres.kill()).expect("PostgreSQL is killed");
        }
        // Every third time it is away for longer than anyone waits.
        if round % 3 == 2 {
            visitors.refused().await;
        }
        block_in_place(|| postgres.resume()).expect("PostgreSQL starts again");
        host.until_of_use().await;
    }
    visitors.acknowledged(200).await;
    visitors.leave().await.check(&host.store().await).await;
}
