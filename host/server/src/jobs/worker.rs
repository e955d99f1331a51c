//! The worker of one process: everything that runs jobs, started and stopped together.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use talkloom_store::Repositories;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::handover::{self, Handover, Station};
use super::ledger::Ledger;
use super::relay::{self, Relay};
use super::runner::Runner;
use super::{Registry, Tools, schedule};
use crate::App;

/// How long things take to be noticed and given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How often it is looked for due jobs without being told of any.
    pub poll: Duration,
    /// How long a worker may be silent before its jobs are given to another.
    pub lease: Duration,
    /// How often a worker gives a sign of life.
    pub heartbeat: Duration,
    /// After how long a job is handed over again that nobody took.
    pub patience: Duration,
    /// How long a job that was asked to stop may take before it is stopped from outside.
    pub cancel_grace: Duration,
    /// How long jobs may run on after the worker was asked to stop.
    pub drain: Duration,
    /// How many workers a job may cost.
    pub max_crashes: i64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            heartbeat: Duration::from_secs(2),
            patience: Duration::from_secs(5),
            cancel_grace: Duration::from_secs(5),
            drain: Duration::from_secs(23),
            max_crashes: 5,
        }
    }
}

impl Timing {
    pub(super) fn lease_ms(self) -> i64 {
        millis(self.lease)
    }

    pub(super) fn patience_ms(self) -> i64 {
        millis(self.patience)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// How a worker is set up, where it is not as usual.
pub struct WorkerOptions {
    /// The kinds of jobs it knows.
    pub registry: Registry,
    /// How long things take.
    pub timing: Timing,
    /// Whether the clean-up's schedules run.
    pub schedules: bool,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            registry: super::first_party(),
            timing: Timing::default(),
            schedules: true,
        }
    }
}

/// The worker of one process.
pub struct Worker {
    runner: Arc<Runner>,
    name: String,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    helpers: JoinSet<()>,
}

impl Worker {
    /// Starts a worker as the configuration says.
    pub async fn start(app: &App, options: WorkerOptions) -> Result<Self> {
        let concurrency = app.config.jobs.concurrency;
        let handover = handover::open(&app.config).await?;
        let name = format!("{}-{}", std::process::id(), app.entropy.id());
        let runner = runner(app, &options, name.clone())?;
        let (pushed, notified) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let stop = CancellationToken::new();
        let relay = Relay {
            runner: Arc::clone(&runner),
            handover: Arc::clone(&handover),
            name: name.clone(),
            concurrency,
            pushed: Arc::clone(&pushed),
            notified: Arc::clone(&notified),
        };
        let (mut tasks, mut helpers) = (JoinSet::new(), JoinSet::new());
        tasks.spawn(relay.run(stop.clone()));
        let crew = Crew {
            handover,
            runner: Arc::clone(&runner),
            pushed,
            stop: stop.clone(),
            concurrency,
        };
        tasks.spawn(crew.work());
        let leases = Arc::clone(&runner);
        helpers.spawn(async move { leases.keep_leases().await });
        if !app.config.database.url.is_empty() {
            helpers.spawn(relay::listen(app.config.database.url.clone(), notified));
        }
        if options.schedules {
            schedule::start(app, &stop, &mut tasks)?;
        }
        tracing::info!(worker = name, jobs = concurrency, "jobs are worked on");
        Ok(Self {
            runner,
            name,
            stop,
            tasks,
            helpers,
        })
    }

    /// Stops: nothing begins any more, what runs may end within a time, the rest is given back at
    /// once.
    pub async fn stop(mut self) {
        let runner = &self.runner;
        runner.closing.cancel();
        self.stop.cancel();
        runner.tasks.close();
        // Giving back takes a moment, too.
        let limit = runner.app.config.stop_limit() * 9 / 10;
        let drain = runner.timing.drain.min(limit);
        if tokio::time::timeout(drain, runner.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some jobs did not end in time and are given back");
            runner.giving_up.cancel();
            runner.tasks.wait().await;
        }
        if let Err(error) = self.let_go().await {
            tracing::warn!(%error, "jobs that were handed over could not be given back");
        }
        // They have nothing to do any more; a storage that does not answer must not hold them up.
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_secs(1), ended).await;
        self.helpers.abort_all();
    }

    async fn let_go(&self) -> talkloom_store::Result<()> {
        let tx = self.runner.app.store.begin().await?;
        tx.job_queue().let_go(&self.name).await?;
        tx.commit().await
    }
}

fn runner(app: &App, options: &WorkerOptions, name: String) -> Result<Arc<Runner>> {
    let (store, clock) = (app.store.clone(), app.clock.clone());
    Ok(Arc::new(Runner {
        app: app.clone(),
        registry: options.registry.clone(),
        tools: Arc::new(Tools::new(app)?),
        ledger: Ledger::start(store, clock, name, options.timing),
        timing: options.timing,
        slots: Semaphore::new(app.config.jobs.concurrency),
        running: std::sync::Mutex::default(),
        tasks: TaskTracker::new(),
        freed: Notify::new(),
        closing: CancellationToken::new(),
        giving_up: CancellationToken::new(),
    }))
}

/// Keeps an apalis worker going: one whose storage failed is replaced by another.
struct Crew {
    handover: Arc<dyn Handover>,
    runner: Arc<Runner>,
    pushed: Arc<Notify>,
    stop: CancellationToken,
    concurrency: usize,
}

impl Crew {
    async fn work(self) {
        let mut wait = Duration::from_millis(100);
        while !self.stop.is_cancelled() {
            let station = Station {
                name: format!("talkloom-{}", self.runner.app.entropy.id()),
                concurrency: self.concurrency,
                poll: self.runner.timing.poll,
                runner: Arc::clone(&self.runner),
                pushed: Arc::clone(&self.pushed),
                stop: self.stop.clone(),
            };
            let began = tokio::time::Instant::now();
            let Err(error) = self.handover.work(station).await else {
                continue;
            };
            if began.elapsed() > Duration::from_secs(30) {
                wait = Duration::from_millis(100);
            }
            tracing::warn!(
                error = format!("{error:#}"),
                "the storage that hands jobs over failed"
            );
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }
}
