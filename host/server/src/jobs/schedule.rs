//! What is done again and again. Every process has the same schedules; a tick's job has a key of its
//! own, so that it is added once whoever adds it first.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result};
use apalis_cron::CronScheduler;
use futures_util::StreamExt;
use talkloom_store::repository::NewJob;
use talkloom_store::{JobId, Repositories};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::job::{Job, new_job};
use super::kinds::Cleanup;
use crate::App;

/// One schedule.
struct Schedule {
    name: &'static str,
    /// Second, minute, hour, day, month, weekday; in UTC.
    cron: &'static str,
    job: Cleanup,
}

const SCHEDULES: [Schedule; 1] = [Schedule {
    name: "jobs",
    cron: "0 41 3 * * *",
    job: Cleanup::Jobs,
}];

/// Starts all schedules.
pub(super) fn start(app: &App, stop: &CancellationToken, tasks: &mut JoinSet<()>) -> Result<()> {
    for schedule in &SCHEDULES {
        let cron = cron::Schedule::from_str(schedule.cron)
            .with_context(|| format!("The schedule {} cannot be read.", schedule.name))?;
        tasks.spawn(run(app.clone(), schedule, cron, stop.clone()));
    }
    Ok(())
}

async fn run(app: App, schedule: &'static Schedule, cron: cron::Schedule, stop: CancellationToken) {
    loop {
        let mut ticks = std::pin::pin!(CronScheduler::new(cron.clone()).into_stream());
        loop {
            let tick = tokio::select! {
                () = stop.cancelled() => return,
                tick = ticks.next() => tick,
            };
            // A clock that was set, or a process that stood still: the next tick is looked for anew.
            let Some(Ok(tick)) = tick else { break };
            let (name, at) = (schedule.name, tick.get_timestamp());
            if let Err(error) = tick_once(&app, name, at, &schedule.job).await {
                tracing::error!(schedule = name, %error, "scheduled work could not be asked for");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

/// Adds the job of a tick (in seconds since 1970), unless another process did; gives its id.
pub async fn tick_once<J: Job>(
    app: &App,
    schedule: &str,
    tick: u64,
    job: &J,
) -> talkloom_store::Result<Option<JobId>> {
    let new = NewJob {
        dedup_key: Some(format!("{schedule}@{tick}")),
        ..new_job(job, &app.clock, &app.entropy)
    };
    let tx = app.store.begin().await?;
    let added = tx.jobs().add(None, &[new], app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(added.into_iter().next())
}
