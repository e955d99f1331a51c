//! What PostgreSQL alone can do to its callers: be away, come back, be asked by many hosts at once.

use std::time::{Duration, Instant};

use services::{Postgres, PostgresOptions};
use talkloom_store::{Database, Repositories, Store, StoreError, WorkspaceId};

/// What an operator may expect: an answer within so long, whatever it is.
const PATIENCE: Duration = Duration::from_secs(5);

async fn finds(store: &Store) -> Result<bool, StoreError> {
    let tx = store.begin().await?;
    let found = tx.workspaces().find(&WorkspaceId::default()).await?;
    tx.commit().await?;
    Ok(found.is_some())
}

#[tokio::test]
async fn a_server_that_is_away_is_told_of_in_time_and_found_again() {
    let mut server = Postgres::start(PostgresOptions::default()).unwrap();
    let database = Database::Postgres(server.url().to_owned());
    let store = Store::open(&database).await.unwrap();
    assert!(finds(&store).await.unwrap());

    server.stop().unwrap();
    let started = Instant::now();
    let refused = finds(&store).await;
    assert!(
        matches!(refused, Err(StoreError::Away { .. })),
        "{refused:?}"
    );
    let reading = store.reader().workspaces();
    let refused = reading.find(&WorkspaceId::default()).await;
    assert!(
        matches!(refused, Err(StoreError::Away { .. })),
        "{refused:?}"
    );
    let refused = Store::open(&database).await.map(drop);
    assert!(
        matches!(refused, Err(StoreError::Away { .. })),
        "{refused:?}"
    );
    assert!(started.elapsed() < PATIENCE * 3, "{:?}", started.elapsed());

    server.resume().unwrap();
    let back = Instant::now();
    while !matches!(finds(&store).await, Ok(true)) {
        assert!(back.elapsed() < PATIENCE, "the server was not found again");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_refuses_is_told_of_with_its_reason() {
    let server = Postgres::shared().unwrap();
    let (address, _) = server.url().rsplit_once('/').unwrap();
    let nowhere = format!("{address}/nowhere");
    let database = Database::Postgres(nowhere.clone());
    let refused = Store::open(&database).await.map(drop).unwrap_err();
    let reason = std::error::Error::source(&refused).map(ToString::to_string);
    assert!(
        reason.is_some_and(|reason| reason.contains("nowhere")),
        "{refused:?} for {nowhere}"
    );
}

#[tokio::test]
async fn hosts_that_start_at_once_do_not_collide() {
    let server = Postgres::shared().unwrap();
    let database = server.database().unwrap();
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..6 {
        // Either beginning of an address is in use.
        let url = database.url().replace("postgres://", "postgresql://");
        starting.spawn(async move { Store::open(&Database::Postgres(url)).await });
    }
    for store in starting.join_all().await {
        let store = store.unwrap();
        assert!(finds(&store).await.unwrap());
        store.close().await;
    }
}
