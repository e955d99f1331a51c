//! All data in one file, and back again, also into the other kind of database.
//!
//! An archive is a tar of gzip: a head that says what follows, the rows of each table as lines of
//! JSON, the files, and a manifest with counts and digests at the end; an archive that was cut off
//! has none. Nothing is ever whole in memory. Secrets stay sealed in it: the master key is not part
//! of it.

mod digest;
mod format;
mod pack;
mod restore;
mod save;
mod unpack;
mod verify;

pub use format::{Counted, Head, Manifest};
pub use restore::{Replacing, restore};
pub use save::save;

/// Why an archive was not made or not taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The archive cannot be read as one; a sentence.
    #[error("The archive is damaged: {0} Nothing was changed.")]
    Damaged(String),
    /// The archive or the target does not fit; a sentence.
    #[error("{0}")]
    Refused(String),
    /// A file could not be read or written.
    #[error("The archive could not be {action}.")]
    Disk {
        /// What was being done.
        action: &'static str,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The database failed.
    #[error("The rows could not be copied.")]
    Rows(#[from] talkloom_store::dump::DumpError),
    /// The storage failed.
    #[error("The files could not be copied.")]
    Files(#[from] crate::files::StorageError),
}

impl From<talkloom_store::StoreError> for BackupError {
    fn from(error: talkloom_store::StoreError) -> Self {
        Self::Rows(error.into())
    }
}

/// Names what was being done when a file failed.
trait Doing<T> {
    fn doing(self, action: &'static str) -> Result<T, BackupError>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, action: &'static str) -> Result<T, BackupError> {
        self.map_err(|source| BackupError::Disk { action, source })
    }
}
