//! Every figure's name, what it is, and what it tells. docs/operating.md lists the same.

use super::process;

pub(super) const TURNS: &str = "talkloom_turns_total";
pub(super) const TURN_SECONDS: &str = "talkloom_turn_duration_seconds";
pub(super) const BLOCK_CALLS: &str = "talkloom_block_calls_total";
pub(super) const BLOCK_SECONDS: &str = "talkloom_block_call_duration_seconds";
pub(super) const REQUESTS: &str = "talkloom_http_requests_total";
pub(super) const REQUEST_SECONDS: &str = "talkloom_http_request_duration_seconds";
pub(super) const JOBS: &str = talkloom_store::JOBS;
pub(super) const JOB_SECONDS: &str = "talkloom_job_duration_seconds";
pub(super) const JOBS_WAITING: &str = "talkloom_jobs_waiting";
pub(super) const COMMIT_TURNS: &str = talkloom_store::COMMIT_TURNS;
pub(super) const CONNECTIONS: &str = "talkloom_database_connections";
pub(super) const SOCKETS: &str = "talkloom_websockets_open";
pub(super) const TURNS_RUNNING: &str = "talkloom_turns_running";

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It is spread over these limits.
    Histogram(&'static [f64]),
}

/// From half a millisecond, which a turn takes, to the two minutes that it may take.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    120.0,
];
const TURNS_TOGETHER: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Name, form and meaning of every figure.
pub const NAMES: &[(&str, Form, &str)] = &[
    (
        TURNS,
        Form::Counter,
        "Turns of conversations, by kind and outcome.",
    ),
    (
        TURN_SECONDS,
        Form::Histogram(SECONDS),
        "Time from a turn's beginning to its commit, by kind.",
    ),
    (TURNS_RUNNING, Form::Gauge, "Turns under way."),
    (
        BLOCK_CALLS,
        Form::Counter,
        "Calls of blocks, by block type and outcome.",
    ),
    (
        BLOCK_SECONDS,
        Form::Histogram(SECONDS),
        "Time of calls of blocks, by block type.",
    ),
    (
        REQUESTS,
        Form::Counter,
        "HTTP requests, by method, route and status.",
    ),
    (
        REQUEST_SECONDS,
        Form::Histogram(SECONDS),
        "Time to an HTTP answer's head, by route.",
    ),
    (
        JOBS,
        Form::Counter,
        "Jobs that came into a state, by kind and state.",
    ),
    (
        JOB_SECONDS,
        Form::Histogram(SECONDS),
        "Time of one attempt at a job, by kind.",
    ),
    (
        JOBS_WAITING,
        Form::Gauge,
        "Jobs that are due and wait for a worker, by kind.",
    ),
    (
        COMMIT_TURNS,
        Form::Histogram(TURNS_TOGETHER),
        "Turns that shared one commit.",
    ),
    (
        CONNECTIONS,
        Form::Gauge,
        "Connections to the database, by pool and state.",
    ),
    (SOCKETS, Form::Gauge, "WebSockets that are open."),
    (
        process::CPU,
        Form::Counter,
        "Seconds of processor time that the process took.",
    ),
    (
        process::RESIDENT,
        Form::Gauge,
        "Memory that the process has in RAM, in bytes.",
    ),
    (
        process::VIRTUAL,
        Form::Gauge,
        "Memory that the process has reserved, in bytes.",
    ),
    (process::THREADS, Form::Gauge, "Threads of the process."),
    (
        process::FILES,
        Form::Gauge,
        "Files and sockets that the process has open.",
    ),
];
