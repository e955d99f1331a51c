//! Counts what a running call uses: processor time, memory, tables.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::ResourceLimiter;

/// Processor time of one call. The thread's own clock counts, so that a call on a busy machine is
/// not charged for others.
#[derive(Debug, Default)]
pub(crate) struct CpuMeter {
    spent_ns: AtomicU64,
    poll_started_ns: AtomicU64,
}

impl CpuMeter {
    /// What the call has used until now. Only right on the thread that polls the call.
    pub(crate) fn spent(&self) -> Duration {
        let running = thread_ns().saturating_sub(self.poll_started_ns.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed) + running)
    }

    /// Runs a call's future, counting.
    pub(crate) async fn measure<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        Measured {
            meter: &self,
            future: pin!(future),
        }
        .await
    }
}

struct Measured<'a, F> {
    meter: &'a CpuMeter,
    future: Pin<&'a mut F>,
}

impl<F: Future> Future for Measured<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let started = thread_ns();
        self.meter.poll_started_ns.store(started, Ordering::Relaxed);
        let polled = self.future.as_mut().poll(cx);
        let spent = thread_ns().saturating_sub(started);
        self.meter.spent_ns.fetch_add(spent, Ordering::Relaxed);
        polled
    }
}

fn thread_ns() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    // A thread's own time is never negative and fits for 500 years.
    let (seconds, nanos) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    seconds * 1_000_000_000 + nanos
}

/// Sums memory over the whole store: a component may have many small memories and tables.
#[derive(Debug)]
pub(crate) struct Memory {
    limit_bytes: usize,
    used_bytes: usize,
    refused: bool,
}

/// A table's entries are host pointers.
const TABLE_ENTRY_BYTES: usize = size_of::<usize>();

impl Memory {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            used_bytes: 0,
            refused: false,
        }
    }

    /// Whether the guest asked for more than it may have.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }

    /// The limit.
    pub(crate) fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    fn grow(&mut self, current_bytes: usize, desired_bytes: usize) -> bool {
        let used = self
            .used_bytes
            .saturating_add(desired_bytes.saturating_sub(current_bytes));
        if used > self.limit_bytes {
            self.refused = true;
            return false;
        }
        self.used_bytes = used;
        true
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(
            current.saturating_mul(TABLE_ENTRY_BYTES),
            desired.saturating_mul(TABLE_ENTRY_BYTES),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_summed() {
        let mut memory = Memory::new(100);
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.table_growing(0, 5, None).unwrap());
        assert!(!memory.refused());
        assert!(!memory.memory_growing(0, 1, None).unwrap());
        assert!(memory.refused());
    }

    #[test]
    fn only_time_inside_polls_counts() {
        let meter = Arc::new(CpuMeter::default());
        let mut future = pin!(meter.clone().measure(async {
            let mut n = 0_u64;
            while n < 100_000 {
                n = std::hint::black_box(n + 1);
            }
        }));
        let waker = std::task::Waker::noop();
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_ready()
        );
        assert!(meter.spent_ns.load(Ordering::Relaxed) > 0);
    }
}
