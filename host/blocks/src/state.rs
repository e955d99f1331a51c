//! What belongs to one call while it runs: its limits, its grants, and what it has said so far.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use wasmtime::component::ResourceTable;

use crate::egress::{HttpSession, Injector};
use crate::meter::{CpuMeter, Memory};
use crate::redact::{RedactStream, Redactor};
use crate::runtime::Shared;
use crate::{Abilities, Credential, Failure, Installed, Level, Log};

/// Handles that a guest may hold at one time.
const MAX_RESOURCES: usize = 1_000;

/// One call's state; it is dropped with its instance.
pub(crate) struct CallState {
    pub memory: Memory,
    pub cpu: Arc<CpuMeter>,
    pub cpu_limit: Duration,
    pub resources: ResourceTable,
    pub shared: Arc<Shared>,
    pub installed: Arc<Installed>,
    /// None while a component is only tried out.
    pub session: Option<Session>,
    pub logs: Logs,
}

/// What a real call has beside a trial.
pub(crate) struct Session {
    pub workspace: String,
    pub bot: String,
    pub http: Arc<HttpSession>,
    pub injector: Arc<Injector>,
    pub redactor: Arc<Redactor>,
    pub live: Option<Live>,
    /// The credential that the builder chose, with its secrets.
    pub credential: Option<Credential>,
    pub abilities: Option<Arc<dyn Abilities>>,
}

/// Where emitted text goes.
pub(crate) struct Live {
    pub sender: mpsc::Sender<String>,
    pub redact: Option<RedactStream>,
    pub left_bytes: usize,
}

/// The lines that a call wrote, up to its limits.
#[derive(Debug)]
pub(crate) struct Logs {
    lines: Vec<Log>,
    left_lines: usize,
    left_bytes: usize,
    cut: bool,
}

impl CallState {
    pub(crate) fn new(
        shared: Arc<Shared>,
        installed: Arc<Installed>,
        session: Option<Session>,
        (memory_bytes, cpu_limit): (usize, Duration),
    ) -> Self {
        let limits = &shared.settings.limits;
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(MAX_RESOURCES);
        Self {
            memory: Memory::new(memory_bytes),
            cpu: Arc::default(),
            cpu_limit,
            resources,
            logs: Logs::new(limits.log_lines, limits.log_bytes),
            shared,
            installed,
            session,
        }
    }
}

impl Logs {
    fn new(left_lines: usize, left_bytes: usize) -> Self {
        Self {
            lines: Vec::new(),
            left_lines,
            left_bytes,
            cut: false,
        }
    }

    /// Keeps a line; beyond the limits, one line says that others are missing.
    pub(crate) fn write(&mut self, line: Log) {
        if self.cut {
            return;
        }
        let bytes = line.message.len() + line.detail.as_ref().map_or(0, String::len);
        if self.left_lines == 0 || bytes > self.left_bytes {
            self.cut = true;
            self.lines.push(Log {
                level: Level::Warning,
                message: "The block wrote more log than allowed; the rest was left out.".into(),
                detail: None,
            });
            return;
        }
        self.left_lines -= 1;
        self.left_bytes -= bytes;
        self.lines.push(line);
    }

    pub(crate) fn take(&mut self) -> Vec<Log> {
        std::mem::take(&mut self.lines)
    }
}

/// Ends a call from within a host function.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Ended(pub Failure);
