//! All rows, out of one database and into another, whichever kind each is.
//!
//! Tables, columns and their order are read from the schema itself, so that a new table is copied
//! without a word here; those that are not copied are named with the reason. Rows are lines of
//! JSON, one object each: texts, numbers and booleans as they are, bytes in base64.

mod load;
mod schema;
mod snapshot;
mod value;

pub use load::Load;
pub use schema::{Column, Kind, LEFT_OUT, Table};
pub use snapshot::{Page, Snapshot};

use crate::StoreError;

/// Why rows could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was found cannot be copied; a sentence.
    #[error("{0}")]
    Unfit(String),
}

/// The results of copying.
pub type DumpResult<T> = Result<T, DumpError>;
