//! Compilation in a process of its own: it may take only so much memory and time, and what goes
//! wrong in it ends that process alone.
//!
//! The child is this very program. It reads the component from its standard input and writes
//! compiled code to its standard output; the limits on memory and processor time it sets itself,
//! before it reads.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wasmtime::component::Component;

use crate::{InstallError, sandbox};

/// The most bytes of compiled code, and of what a child tells when it fails.
const MOST_CODE: u64 = 512 << 20;
const MOST_WORDS: u64 = 4 << 10;

/// A program that compiles components, and how long it may take.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; it sets the limits below itself.
    pub arguments: Vec<String>,
    /// The memory it allows itself, in MiB: for the sentence when it is too little.
    pub memory_mib: u64,
    /// The time from its start to its end.
    pub wall: Duration,
}

/// Compiles a component: what the child does.
///
/// # Errors
/// Why it cannot be compiled, in words.
pub fn compile(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let engine = sandbox::compiling().map_err(|error| format!("{error:#}"))?;
    let component = Component::new(&engine, wasm).map_err(|error| format!("{error:#}"))?;
    component.serialize().map_err(|error| format!("{error:#}"))
}

/// How a child ended.
struct Ended {
    status: ExitStatus,
    code: Vec<u8>,
    words: String,
    is_late: bool,
}

impl Compiler {
    /// Compiles a component in a child.
    pub(crate) fn run(&self, wasm: &[u8]) -> Result<Vec<u8>, InstallError> {
        let ended = self.ended(wasm).map_err(|error| {
            InstallError::Compile(format!("the process that compiles cannot be run: {error}"))
        })?;
        if ended.status.success() && !ended.code.is_empty() {
            return Ok(ended.code);
        }
        Err(InstallError::Compile(self.sentence(&ended)))
    }

    fn sentence(&self, ended: &Ended) -> String {
        const SIGKILL: i32 = 9;
        const SIGXCPU: i32 = 24;
        match ended.status.signal() {
            _ if ended.is_late => format!("it takes more than {} s", self.wall.as_secs()),
            // The hard limit of processor time, or the system short of memory.
            Some(SIGXCPU) => "it takes too much processor time".to_owned(),
            Some(SIGKILL) => "the system ended its process, short of memory or time".to_owned(),
            Some(_) => format!("it needs more than {} MiB of memory", self.memory_mib),
            // A panic: threads or memory were not to be had.
            None if ended.status.code() == Some(101) => {
                format!("it needs more than {} MiB of memory", self.memory_mib)
            }
            None => match ended.words.trim().trim_end_matches('.') {
                "" => "its process gave nothing".to_owned(),
                words => words.to_owned(),
            },
        }
    }

    fn ended(&self, wasm: &[u8]) -> std::io::Result<Ended> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            // Nothing of the server's environment is needed, and it may hold secrets. Memory is
            // reserved as it is needed, so that the limit counts what is used.
            .env_clear()
            .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        let watching = watch(Arc::clone(&child), self.wall);
        let words = std::thread::spawn(move || {
            let mut words = Vec::new();
            if let Some(stderr) = stderr {
                // What it says is only for the sentence.
                let _ = stderr.take(MOST_WORDS).read_to_end(&mut words);
            }
            String::from_utf8_lossy(&words).into_owned()
        });
        if let Some(mut stdin) = stdin {
            // A child that has ended does not read: its status says why.
            let _ = stdin.write_all(wasm);
        }
        let mut code = Vec::new();
        let read = match stdout {
            Some(stdout) => stdout.take(MOST_CODE).read_to_end(&mut code),
            None => Ok(0),
        };
        let is_late = watching();
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        if read.is_err() || code.len() as u64 >= MOST_CODE {
            child.kill()?;
        }
        Ok(Ended {
            status: child.wait()?,
            code,
            words: words.join().unwrap_or_default(),
            is_late,
        })
    }
}

/// Ends the child when its time is over. What is given back ends the watch, and says whether it was.
fn watch(child: Arc<Mutex<Child>>, wall: Duration) -> impl FnOnce() -> bool {
    let (done, waiting) = channel::<()>();
    let watching = std::thread::spawn(move || {
        let is_late = waiting.recv_timeout(wall) == Err(RecvTimeoutError::Timeout);
        if is_late {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            // It may have ended this very moment.
            let _ = child.kill();
        }
        is_late
    });
    move || {
        drop(done);
        watching.join().unwrap_or(false)
    }
}
