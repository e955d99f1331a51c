//! Errors that are logged while a test runs. Each test has a thread of its own, and so has its log;
//! what the worker threads of a multi-threaded test log is not seen.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    static ERRORS: Errors = Errors::watch();
}

#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<u8>>>);

impl Errors {
    fn watch() -> Self {
        let errors = Self::default();
        let writer = errors.clone();
        let log = tracing_subscriber::fmt()
            // The store of the tests logs every refusal as an error of its own.
            .with_env_filter("error,s3s=off,s3s_fs=off")
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        // For as long as the thread lives.
        std::mem::forget(tracing::subscriber::set_default(log));
        errors
    }
}

impl Write for Errors {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins to listen on this thread.
pub fn watch() {
    ERRORS.with(|_| ());
}

/// The errors since the last call.
pub fn take() -> String {
    let errors = ERRORS.with(Clone::clone);
    let mut lines = errors.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&std::mem::take(&mut *lines)).into_owned()
}

#[test]
fn errors_are_seen_and_warnings_are_not() {
    watch();
    tracing::warn!("a warning");
    assert_eq!(take(), "");
    tracing::error!(cause = "a test", "an error");
    assert!(take().contains("an error cause=\"a test\""));
    assert_eq!(take(), "");
}
