//! Webhook endpoints: programs elsewhere that are told what happens here.
//!
//! An event is a job of the transaction that it tells of, one for each endpoint that wants it: it is
//! delivered if and only if that transaction commits. How it is delivered stands with the jobs.

mod desk;
mod event;
mod wanted;

pub use desk::{Added, Desk, DeskError, NewWebhook};
pub use event::{Event, EventKind, kinds_of, test_body};
pub use wanted::Webhooks;
pub(crate) use wanted::jobs_for;
