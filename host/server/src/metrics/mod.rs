//! Figures for Prometheus: what is counted, and the functions that count.
//!
//! Every figure is named once, in `names.rs`, and reached through a typed function here, so that no
//! label's value comes from outside: no bot, no visitor, no path as it was asked for. Until
//! [`install`] is called, counting does nothing and costs next to nothing.

mod figures;
mod listener;
mod names;
mod outcome;
mod process;
mod routes;
mod sampled;

use std::time::{Duration, Instant};

use figures::figures;
pub use figures::{Installed, install};
pub use listener::serve;
pub use names::NAMES;
pub use outcome::{CallOutcome, JobState, Judged, Kind, TurnOutcome};
pub use routes::count_requests;

/// Counts a turn when it is over, however it ends.
#[derive(Debug)]
pub struct Watch {
    kind: Kind,
    started: Instant,
    outcome: TurnOutcome,
}

/// A turn begins.
pub fn watch_turn(kind: Kind) -> Watch {
    if let Some(figures) = figures() {
        figures.running.increment(1.0);
    }
    Watch {
        kind,
        started: Instant::now(),
        // A turn that nobody ended broke off.
        outcome: TurnOutcome::Failed,
    }
}

impl Watch {
    /// The turn is over.
    pub fn end(mut self, outcome: TurnOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(figures) = figures() {
            figures.running.decrement(1.0);
            figures.turn(self.kind, self.outcome, self.started.elapsed());
        }
    }
}

/// Counts a call of a block. `block_type` is the type of an installed block, or “other”.
pub fn block_call(block_type: &str, outcome: CallOutcome, elapsed: Duration) {
    if figures().is_some() {
        let (block, outcome) = (block_type.to_owned(), outcome.as_str());
        metrics::counter!(names::BLOCK_CALLS, "block" => block.clone(), "outcome" => outcome)
            .increment(1);
        metrics::histogram!(names::BLOCK_SECONDS, "block" => block).record(elapsed);
    }
}

/// Whether figures are counted: what is found out for them alone is not, where they are not.
pub fn is_counting() -> bool {
    figures().is_some()
}

/// Counts a job that came into a state. `kind` is the job's fixed name.
pub fn job(kind: &'static str, state: JobState) {
    if figures().is_some() {
        metrics::counter!(names::JOBS, "kind" => kind, "state" => state.as_str()).increment(1);
    }
}

/// Notes how long one attempt at a job took.
pub fn job_ran(kind: &'static str, elapsed: Duration) {
    if figures().is_some() {
        metrics::histogram!(names::JOB_SECONDS, "kind" => kind).record(elapsed);
    }
}

/// Notes how many jobs of a kind wait.
pub fn jobs_waiting(kind: &'static str, waiting: u64) {
    if figures().is_some() {
        // Exact up to 2^53.
        metrics::gauge!(names::JOBS_WAITING, "kind" => kind).set(waiting as f64);
    }
}

/// Counts an open WebSocket for as long as it lives.
#[derive(Debug)]
pub struct OpenSocket(());

/// A WebSocket was opened; drop what comes back when it is closed.
pub fn socket_opened() -> OpenSocket {
    if let Some(figures) = figures() {
        figures.sockets.increment(1.0);
    }
    OpenSocket(())
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        if let Some(figures) = figures() {
            figures.sockets.decrement(1.0);
        }
    }
}
