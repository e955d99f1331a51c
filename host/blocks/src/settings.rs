//! What an operator may set: limits, egress exceptions, the cache's folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::compiler::Compiler;
use crate::egress::Resolve;

/// Gives the time in milliseconds since 1970, UTC.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How a [`crate::Runtime`] is set up.
#[derive(Clone)]
pub struct Settings {
    /// What blocks see as the time.
    pub clock: Clock,
    /// Where compiled code is kept; none: it is compiled anew at each start.
    pub cache_dir: Option<PathBuf>,
    /// Compiles in a process of its own, within limits; none: in this process. It counts where there
    /// is a `cache_dir`.
    pub compiler: Option<Compiler>,
    /// What a call may use.
    pub limits: Limits,
    /// Addresses that are reachable in spite of what they are.
    pub egress: Egress,
    /// Looks names up; none: the system's resolver.
    pub resolver: Option<Arc<dyn Resolve>>,
    /// Threads that run blocks.
    pub threads: usize,
}

impl Settings {
    /// The defaults, with the caller's clock.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            cache_dir: None,
            compiler: None,
            limits: Limits::default(),
            egress: Egress::default(),
            resolver: None,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// Exceptions that an operator makes to the rule that blocks reach public addresses only.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    /// Private networks that blocks may reach. Loopback, link-local and metadata addresses stay
    /// out of reach even when a network here holds them.
    pub private_ranges: Vec<IpNet>,
    /// Exact addresses and ports that blocks may reach whatever they are (`127.0.0.1:3000`).
    pub allow: Vec<SocketAddr>,
}

/// What one call may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A component's file, in bytes.
    pub component_bytes: usize,
    /// Memory of one call, in bytes.
    pub memory_bytes: usize,
    /// Memory of one script, in bytes.
    pub script_memory_bytes: usize,
    /// Processor time of one action.
    pub action_cpu: Duration,
    /// Time from an action's start to its end.
    pub action_wall: Duration,
    /// The same for an action that streams its answer.
    pub streamed_wall: Duration,
    /// Processor time of listing choices, and of bringing options up to date.
    pub choices_cpu: Duration,
    /// Processor time of one webhook.
    pub webhook_cpu: Duration,
    /// Time from start to end of choices, webhooks, and bringing options up to date.
    pub brief_wall: Duration,
    /// Choices of one field.
    pub choices: usize,
    /// What an opened input keeps in the conversation's state, in bytes of JSON.
    pub kept_bytes: usize,
    /// A value that a block keeps, in bytes.
    pub value_bytes: usize,
    /// A file that a block saves or reads, in bytes.
    pub file_bytes: usize,
    /// A mail with its attachments, in bytes.
    pub mail_bytes: usize,
    /// Time of one script, both of the processor and from start to end.
    pub script_wall: Duration,
    /// HTTP requests of one call, redirects included.
    pub requests: u32,
    /// HTTP requests side by side.
    pub parallel_requests: usize,
    /// A request's body, in bytes.
    pub request_bytes: usize,
    /// A response's body, in bytes.
    pub response_bytes: usize,
    /// A response's body where the action streams, in bytes.
    pub streamed_response_bytes: usize,
    /// Time to look a name up.
    pub resolve: Duration,
    /// Time to connect.
    pub connect: Duration,
    /// An action's options, in bytes of JSON.
    pub options_bytes: usize,
    /// How deep the options may nest.
    pub options_depth: usize,
    /// An outcome, in bytes.
    pub outcome_bytes: usize,
    /// Emitted text, in bytes.
    pub emitted_bytes: usize,
    /// Lines of log.
    pub log_lines: usize,
    /// Bytes of log.
    pub log_bytes: usize,
    /// What one host call copies, in bytes.
    pub host_call_bytes: usize,
    /// Calls of one block side by side.
    pub calls_per_block: usize,
    /// Calls of one workspace side by side.
    pub calls_per_workspace: usize,
    /// How long a call waits for its turn.
    pub queue: Duration,
}

impl Limits {
    /// The most memory that any call may use: the pool is made for that, and compiled code too.
    pub(crate) fn most_memory(&self) -> usize {
        self.memory_bytes.max(self.script_memory_bytes)
    }
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        Self {
            component_bytes: 16 * MIB,
            memory_bytes: 64 * MIB,
            script_memory_bytes: 128 * MIB,
            action_cpu: Duration::from_millis(500),
            action_wall: Duration::from_secs(30),
            streamed_wall: Duration::from_secs(300),
            choices_cpu: Duration::from_millis(250),
            webhook_cpu: Duration::from_millis(100),
            brief_wall: Duration::from_secs(10),
            choices: 10_000,
            kept_bytes: 16 * KIB,
            value_bytes: 64 * KIB,
            file_bytes: 16 * MIB,
            mail_bytes: 16 * MIB,
            script_wall: Duration::from_secs(10),
            requests: 20,
            parallel_requests: 6,
            request_bytes: 5 * MIB,
            response_bytes: 10 * MIB,
            streamed_response_bytes: 50 * MIB,
            resolve: Duration::from_secs(5),
            connect: Duration::from_secs(10),
            options_bytes: 256 * KIB,
            options_depth: 32,
            outcome_bytes: MIB,
            emitted_bytes: 4 * MIB,
            log_lines: 256,
            log_bytes: 64 * KIB,
            host_call_bytes: 8 * MIB,
            calls_per_block: 64,
            calls_per_workspace: 32,
            queue: Duration::from_millis(250),
        }
    }
}
