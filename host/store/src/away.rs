//! Tells a database that is away, or cannot take anything now, from one that refuses.

use sea_orm::error::SqlxError;
use sea_orm::{DbErr, RuntimeErr};

/// Classes of PostgreSQL's codes: lost connections, a lack of disk, memory or connections, faults of
/// the system below.
const POSTGRES_CLASSES: [&str; 3] = ["08", "53", "58"];
/// Shut down, crashed, not up yet, idle for too long; a standby, which only reads; a transaction
/// that was idle for too long; one that was given up for another's sake.
const POSTGRES_CODES: [&str; 8] = [
    "57P01", "57P02", "57P03", "57P05", "25006", "25P03", "40001", "40P01",
];
/// Locked by another process, a fault of the disk, a full disk, a file that cannot be opened.
const SQLITE_CODES: [u32; 5] = [5, 6, 10, 13, 14];

/// Whether the same may succeed in a moment.
pub(crate) fn is_away(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => is_connection_lost(error),
        _ => false,
    }
}

fn is_connection_lost(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::Protocol(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => true,
        SqlxError::Database(error) => error.code().is_some_and(|code| is_passing(&code)),
        _ => false,
    }
}

/// PostgreSQL's codes have five signs; SQLite's are numbers of at most four.
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        return POSTGRES_CODES.contains(&code)
            || POSTGRES_CLASSES.iter().any(|class| code.starts_with(class));
    }
    // The low byte is the kind, the rest says more of it.
    let kind = code.parse::<u32>().map(|code| code & 0xff);
    kind.is_ok_and(|kind| SQLITE_CODES.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::is_passing;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        // SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE, SQLITE_FULL, and PostgreSQL's.
        for code in ["517", "778", "13", "08006", "57P01", "53300", "40P01"] {
            assert!(is_passing(code), "{code}");
        }
        // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CORRUPT, unique_violation, syntax_error.
        for code in ["2067", "11", "23505", "42601", ""] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
