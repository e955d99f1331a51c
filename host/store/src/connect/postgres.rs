//! PostgreSQL: its pool, and one host at a time that brings the schema up to date.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sea_orm::sqlx::{self, Connection, Executor};
use sea_orm::{ConnectOptions, Database as Connector, DatabaseConnection, DbErr, RuntimeErr};

use super::{PREPARED_STATEMENTS, StoreOptions};
use crate::error::{Context, Result};
use crate::turns;

/// How long a server may take to answer before it counts as away.
const PATIENCE: Duration = Duration::from_secs(4);
/// A connection that was unused for so long is tried before it is used: the server may have been
/// restarted meanwhile. Busy ones are spared the way to the server and back.
const TRIED_AFTER: Duration = Duration::from_secs(1);
/// A process that stands still in the midst of a transaction must not hold up the others.
const LIMIT_IDLE_TRANSACTIONS: &str = "SET idle_in_transaction_session_timeout = '10s'";
/// The session's lock under which the schema is changed: any number that nobody else takes.
const MIGRATING: &str = "SELECT pg_advisory_lock(7310313114310701)";

/// A pool, and the session whose lock keeps others from changing the schema.
pub(super) async fn alone(
    address: &str,
    options: StoreOptions,
) -> Result<(DatabaseConnection, PgConnection)> {
    let mut session = connect(address).await?;
    let pool = pool(address, options).await?;
    let locking = session.execute(MIGRATING).await;
    locking
        .map_err(failed)
        .during("waiting for another host that changes the schema")?;
    Ok((pool, session))
}

/// One connection, with the server's own reason where there is none to be had.
async fn connect(address: &str) -> Result<PgConnection> {
    let options = address.parse::<PgConnectOptions>();
    let options = options.map_err(failed).during("reading its address")?;
    let connecting = PgConnection::connect_with(&options);
    let connected = tokio::time::timeout(PATIENCE, connecting).await;
    connected
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(failed)
        .during("connecting to PostgreSQL")
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

pub(super) async fn pool(address: &str, options: StoreOptions) -> Result<DatabaseConnection> {
    // Both beginnings are in use; sea-orm knows one.
    let address = match address.strip_prefix("postgresql://") {
        Some(rest) => format!("postgres://{rest}"),
        None => address.to_owned(),
    };
    let mut pool = ConnectOptions::new(address);
    pool.max_connections(options.max_connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire_if_idle_for(TRIED_AFTER)
        .sqlx_logging(false)
        .set_application_name("talkloom")
        .map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(PREPARED_STATEMENTS))
        .map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move { connection.execute(LIMIT_IDLE_TRANSACTIONS).await.map(drop) })
            })
        });
    Connector::connect(pool)
        .await
        .during("connecting to PostgreSQL")
}

/// The connections that turns are written over.
pub(super) fn turns(address: &str) -> Result<PgPool> {
    let options = address.parse::<PgConnectOptions>();
    let options = options.map_err(failed).during("reading its address")?;
    let pool = PgPoolOptions::new()
        .max_connections(turns::postgres::LANES)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for >= TRIED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(turns::postgres::PLANNING)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        });
    Ok(pool.connect_lazy_with(options.application_name("talkloom")))
}
