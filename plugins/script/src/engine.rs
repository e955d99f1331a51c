//! Starts a JavaScript engine that has no clock, time zone or threads of its own.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use boa_engine::context::time::{Clock, JsInstant};
use boa_engine::context::{ContextBuilder, HostHooks};
use boa_engine::job::{GenericJob, Job, JobExecutor, PromiseJob};
use boa_engine::{Context, JsError, JsNativeError, JsResult};

use crate::World;

/// Deeper calls fail with a `RangeError`-like message before the sandbox's own stack ends.
const RECURSION_LIMIT: usize = 400;

/// A fresh engine.
pub(crate) fn start(world: Rc<dyn World>) -> JsResult<Context> {
    let mut context = ContextBuilder::new()
        .clock(Rc::new(WorldClock(world)))
        .host_hooks(Rc::new(Utc))
        .job_executor(Rc::new(Queue::default()))
        .build()?;
    let limits = context.runtime_limits_mut();
    limits.set_recursion_limit(RECURSION_LIMIT);
    Ok(context)
}

/// An `Error` with a message.
pub(crate) fn error(message: &str) -> JsError {
    JsNativeError::error()
        .with_message(message.to_owned())
        .into()
}

struct WorldClock(Rc<dyn World>);

impl Clock for WorldClock {
    fn now(&self) -> JsInstant {
        let now = self.0.now_ms();
        // The remainder is below 1000, so the nanoseconds fit.
        JsInstant::new(now / 1000, (now % 1000) as u32 * 1_000_000)
    }

    fn system_time_millis(&self) -> i64 {
        i64::try_from(self.0.now_ms()).unwrap_or(i64::MAX)
    }
}

/// Dates are in UTC, on every machine alike.
struct Utc;

impl HostHooks for Utc {
    fn local_timezone_offset_seconds(&self, _: i64) -> i32 {
        0
    }

    fn max_buffer_size(&self, _: &mut Context) -> u64 {
        16 << 20
    }
}

/// Runs promise jobs in order. The engine's own executor would park the thread, which a component
/// cannot; jobs for timers are not kept since scripts have none.
#[derive(Default)]
struct Queue {
    jobs: RefCell<VecDeque<Ready>>,
}

enum Ready {
    Promise(PromiseJob),
    Generic(GenericJob),
}

impl JobExecutor for Queue {
    fn enqueue_job(self: Rc<Self>, job: Job, _: &mut Context) {
        let ready = match job {
            Job::PromiseJob(job) => Ready::Promise(job),
            Job::GenericJob(job) => Ready::Generic(job),
            _ => return,
        };
        self.jobs.borrow_mut().push_back(ready);
    }

    fn run_jobs(self: Rc<Self>, context: &mut Context) -> JsResult<()> {
        loop {
            let Some(job) = self.jobs.borrow_mut().pop_front() else {
                return Ok(());
            };
            match job {
                Ready::Promise(job) => job.call(context)?,
                Ready::Generic(job) => job.call(context)?,
            };
        }
    }
}
