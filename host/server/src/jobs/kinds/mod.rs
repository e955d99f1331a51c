//! The kinds of jobs that come with the server.

mod cleanup;
mod compile;
mod email;
mod export;
mod webhook;

pub use cleanup::Cleanup;
pub use compile::CompileBlock;
pub use email::Email;
pub use export::{Export, ExportFormat, ExportResults, address_of, file_of};
pub use webhook::{DeliverWebhook, signed};
