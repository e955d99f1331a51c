//! The kinds of jobs that come with the server.

mod cleanup;

pub use cleanup::Cleanup;
