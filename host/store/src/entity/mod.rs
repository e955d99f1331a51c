//! The tables as sea-orm sees them; their rows are what the repositories give out.

pub(crate) mod answer;
pub(crate) mod api_token;
pub(crate) mod bot;
pub(crate) mod catalog;
pub(crate) mod credential;
pub(crate) mod credential_secret;
pub(crate) mod data_key;
pub(crate) mod file;
pub(crate) mod idempotency_key;
pub(crate) mod job;
pub(crate) mod journal_entry;
pub(crate) mod listener_message;
pub(crate) mod log;
pub(crate) mod result;
pub(crate) mod session;
pub(crate) mod variable_change;
pub(crate) mod version;
pub(crate) mod visited_edge;
pub(crate) mod webhook_endpoint;
pub(crate) mod workspace;
