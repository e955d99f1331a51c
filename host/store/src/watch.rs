//! What can be seen of the store while it works.

use sea_orm::{DatabaseConnection, DatabaseConnectionType};

use crate::Store;

/// The histogram of turns that shared one commit, by the names of the `metrics` crate.
pub const COMMIT_TURNS: &str = "talkloom_commit_turns";

/// The counter of jobs that came into a state, by the names of the `metrics` crate. The store counts
/// those that were asked for, once they are committed; the workers count the rest.
pub const JOBS: &str = "talkloom_jobs_total";

/// The connections of a pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connections {
    /// Those that are open.
    pub open: u32,
    /// Those among them that wait for work.
    pub idle: u32,
}

impl Store {
    /// The connections of each pool, by its name. PostgreSQL's readers and writers share one, and
    /// turns have one of their own.
    pub fn pools(&self) -> Vec<(&'static str, Connections)> {
        let (writer, reader) = (&self.writer.connection, &self.reader.0);
        let mut pools = vec![("writer", connections(writer))];
        if matches!(
            writer.inner,
            DatabaseConnectionType::SqlxSqlitePoolConnection(_)
        ) {
            pools.push(("reader", connections(reader)));
        }
        if let Some(turns) = &self.turn_pool {
            pools.push(("turns", connections_of(turns.size(), turns.num_idle())));
        }
        pools
    }
}

fn connections(pool: &DatabaseConnection) -> Connections {
    let (open, idle) = match &pool.inner {
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            let pool = pool.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = pool.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
        _ => (0, 0),
    };
    connections_of(open, idle)
}

fn connections_of(open: u32, idle: usize) -> Connections {
    Connections {
        open,
        idle: u32::try_from(idle).unwrap_or(u32::MAX),
    }
}
