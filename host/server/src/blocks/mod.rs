//! Installed blocks, from their files to the calls of conversations.
//!
//! The database says which versions there are, what each is allowed and which one is active; the
//! storage has their files. [`Book`] changes that, for the command line and for the server alike, and
//! every server follows it ([`Life`]). Components that come with the server are entered in the same
//! books, with everything granted that their manifests ask for.

mod book;
mod egress_log;
mod fetch;
mod find;
mod follow;
mod life;
mod list_file;
mod lock;
mod register;
mod sheet;
mod shelf;
mod start;
mod sync;

pub(crate) use book::read;
pub use book::{Book, BookError, Staged};
pub use egress_log::EgressWriter;
pub use fetch::{Source, fetch};
pub use find::{Component, find};
pub use follow::{announce_changes, bring_up, follow};
pub use life::{Life, Route};
pub use list_file::{ListFile, Wanted};
pub use lock::{Described, Lock, Pin, Pins, described};
pub use register::register;
pub use sheet::{Difference, Line, Sheet};
pub use start::{Compiling, sandbox, start, start_with};
