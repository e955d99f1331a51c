//! A host stands still for a while, as a machine does that is moved or starved.

use std::time::Duration;

use services::{Postgres, PostgresOptions};

use super::host::Host;
use super::visitors::{Rules, Visitors};

/// How long it stands still.
const STILL: Duration = Duration::from_secs(3);

async fn freeze(host: Host) {
    let mut visitors = Visitors::to(&[host.url()], Rules::default());
    visitors.acknowledged(500).await;
    host.server().signal("STOP");
    // The fault itself takes this long.
    let mut thaw = tokio::time::interval(STILL);
    thaw.tick().await;
    thaw.tick().await;
    host.server().signal("CONT");
    host.until_of_use().await;
    visitors.acknowledged(500).await;
    visitors.leave().await.check(&host.store().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_stood_still_goes_on_with_sqlite() {
    freeze(Host::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_stood_still_goes_on_with_postgres() {
    let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
    freeze(Host::on_postgres(&postgres)).await;
}
