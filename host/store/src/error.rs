//! Why the store could not do what it was asked.

use crate::away::is_away;
use crate::repository::TurnMark;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else got there first: a name is taken, or a conversation has moved on.
    #[error("{what} changed or is taken already")]
    Conflict {
        /// What it was about: `public id`, `session`.
        what: &'static str,
    },
    /// The database's folder or file could not be used.
    #[error("the data folder {path} cannot be used")]
    Folder {
        /// The folder or file.
        path: std::path::PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The database refused or could not be reached.
    #[error("the database failed while {action}")]
    Database {
        /// What was being done.
        action: &'static str,
        /// The database's reason.
        #[source]
        source: DatabaseError,
    },
    /// The database cannot be reached, or broke off: it may be back soon.
    #[error("the database does not answer")]
    Away {
        /// The reason, as far as it is known.
        #[source]
        source: DatabaseError,
    },
    /// A newer release has changed the schema.
    #[error("the database was changed by a newer release; run that one, or restore a backup")]
    Newer,
    /// The database did not answer in time; nothing was written.
    #[error("the database did not answer in time while {action}")]
    Slow {
        /// What was being done.
        action: &'static str,
    },
    /// The database went away before it said whether a write is stored: it may be.
    #[error("the database went away before it said whether the write is stored")]
    Unsettled {
        /// Tells the turn when the database is back.
        turn: Box<TurnMark>,
    },
    /// The database is a standby, which takes no writes.
    #[error("the database takes no writes")]
    ReadOnly,
    /// The store is shutting down and takes no more writes.
    #[error("the store is closing")]
    Closed,
}

/// The database's own reason, kept opaque: callers only print it.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct DatabaseError(std::sync::Arc<sea_orm::DbErr>);

impl From<sea_orm::DbErr> for DatabaseError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self(error.into())
    }
}

/// The store's results.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Names what was being done when the database failed, and recognises conflicts.
pub(crate) trait Context<T> {
    /// `action` reads on from "the database failed while".
    fn during(self, action: &'static str) -> Result<T>;

    /// As [`Context::during`], where a unique violation means that `what` is taken.
    fn unless_taken(self, what: &'static str, action: &'static str) -> Result<T>;
}

impl<T> Context<T> for std::result::Result<T, sea_orm::DbErr> {
    fn during(self, action: &'static str) -> Result<T> {
        self.map_err(|error| {
            let is_away = is_away(&error);
            let source = DatabaseError::from(error);
            if is_away {
                StoreError::Away { source }
            } else {
                StoreError::Database { action, source }
            }
        })
    }

    fn unless_taken(self, what: &'static str, action: &'static str) -> Result<T> {
        match self {
            Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict { what }),
            other => other.during(action),
        }
    }
}

fn is_unique_violation(error: &sea_orm::DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
    )
}

impl StoreError {
    /// Whether the database is away, or cannot take anything now: the same may succeed in a moment.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Away { .. }
            | Self::Slow { .. }
            | Self::Unsettled { .. }
            | Self::ReadOnly
            | Self::Closed => true,
            Self::Conflict { .. } | Self::Folder { .. } | Self::Newer | Self::Database { .. } => {
                false
            }
        }
    }

    /// The same error for another of the callers who waited for one write.
    pub(crate) fn shared(&self) -> Self {
        match self {
            Self::Conflict { what } => Self::Conflict { what },
            Self::Database { action, source } => Self::Database {
                action,
                source: source.clone(),
            },
            Self::Away { source } => Self::Away {
                source: source.clone(),
            },
            Self::Newer => Self::Newer,
            Self::Slow { action } => Self::Slow { action },
            Self::Unsettled { turn } => Self::Unsettled { turn: turn.clone() },
            Self::ReadOnly => Self::ReadOnly,
            Self::Folder { .. } | Self::Closed => Self::Closed,
        }
    }
}
