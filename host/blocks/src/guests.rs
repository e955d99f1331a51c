//! Where guests run: an executor of their own, so that one that spins cannot hold a thread that
//! drives the server's timers and sockets.

use std::future::{Future, poll_fn};
use std::io;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// A call that stays below this on its first step is worth running where its caller is.
const BRIEF: Duration = Duration::from_millis(2);

/// The guests' executor.
pub(crate) struct Guests {
    runtime: Option<Runtime>,
    handle: Handle,
}

/// How a future was driven.
pub(crate) struct Driven<T> {
    pub output: Result<T, tokio::task::JoinError>,
    /// Whether its first step took less than a moment.
    pub brief: bool,
}

impl Guests {
    pub(crate) fn start(threads: usize) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("block-guest")
            // A guest holds a thread for a tick at most; sockets and timers are then looked at.
            .event_interval(2)
            .global_queue_interval(2)
            .enable_io()
            .enable_time()
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self {
            runtime: Some(runtime),
            handle,
        })
    }

    /// Runs a future here. With `try_here`, its first step runs on the caller's thread, for a tick
    /// at most: most calls end within it and are spared two changes of thread.
    pub(crate) async fn drive<F>(&self, try_here: bool, future: F) -> Driven<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let mut future = Box::pin(future);
        let mut brief = true;
        if try_here {
            let started = Instant::now();
            let first = poll_fn(|cx| {
                let _entered = self.handle.enter();
                Poll::Ready(future.as_mut().poll(cx))
            })
            .await;
            brief = started.elapsed() < BRIEF;
            if let Poll::Ready(output) = first {
                let output = Ok(output);
                return Driven { output, brief };
            }
        }
        let output = AbortOnDrop(self.handle.spawn(future)).join().await;
        Driven { output, brief }
    }

    /// Runs a future to its end and holds the calling thread for as long.
    pub(crate) fn block_on<F>(&self, future: F) -> Option<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.handle.spawn(async move {
            // The receiver waits as long as this task lives.
            let _ = sender.send(future.await);
        });
        receiver.recv().ok()
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        // Dropping an executor waits for its threads, which async code must not do.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs the host's own work on a stack of its own. A guest's stack is small, and running out of it
/// ends the process: work that goes deep (a TLS handshake, another sandbox) must not stand on it.
///
/// # Errors
/// When the work panicked.
pub(crate) async fn aside<F>(work: F) -> Result<F::Output, tokio::task::JoinError>
where
    F: Future<Output: Send> + Send + 'static,
{
    AbortOnDrop(tokio::spawn(work)).join().await
}

/// Ends a task when nobody waits for it any more.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn join(mut self) -> Result<T, tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
