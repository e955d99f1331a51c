//! A server follows what is done to blocks: at its start, at a word over the bus, and by looking
//! every second.

use std::time::Duration;

use anyhow::Result;
use talkloom_store::Repositories;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{ListFile, egress_log, register, sync};
use crate::bus::{self, Topic};
use crate::redis::Redis;
use crate::{App, Config};

/// How often the database is asked whether anything changed.
const LOOK: Duration = Duration::from_secs(1);
/// How often everything is read anew in any case.
const LOOK_AT_ALL: Duration = Duration::from_secs(60);
/// How long a version that only older bots need stays loaded.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// How long a word for other processes may take.
const ANNOUNCING: Duration = Duration::from_secs(2);

/// Brings the sandbox to what the database says, and installs what the operator's list names.
pub async fn bring_up(app: &App) -> Result<()> {
    egress_log::listen(app);
    sync::sync(app).await?;
    if app.config.blocks.file.as_os_str().is_empty() {
        return Ok(());
    }
    register(app).await?;
    let list = ListFile::read(&app.config.blocks.file)?;
    for sentence in list.install(app).await {
        tracing::warn!("{sentence}");
    }
    sync::sync(app).await
}

/// Enters what came with this server, then follows every change until the server stops.
pub async fn follow(app: App) {
    tokio::select! {
        () = app.stopping.begun() => {}
        () = follow_on(&app) => {}
    }
}

async fn follow_on(app: &App) {
    let mut heard = app.bus.subscribe(&Topic::Blocks);
    let entered = register(app).await;
    let mut is_due = !matches!(entered, Ok(false));
    if let Err(error) = entered {
        let error = format!("{error:#}");
        tracing::error!(error, "the blocks of this server could not be entered");
    }
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        if is_due || last.elapsed() >= LOOK_AT_ALL || has_changed(app).await {
            if let Err(error) = sync::sync(app).await {
                let error = format!("{error:#}");
                tracing::warn!(error, "what is installed could not be read");
            }
            last = Instant::now();
            app.blocks.unload_idle(IDLE);
        }
        is_due = tokio::select! {
            _ = heard.next() => true,
            _ = looks.tick() => false,
        };
    }
}

async fn has_changed(app: &App) -> bool {
    let revision = app.store.reader().installed_blocks().revision().await;
    // A database that is away is found out by others.
    revision.is_ok_and(|revision| revision != app.life.view().revision)
}

/// Tells servers that something changed, from a command. Without Redis they find out by themselves.
pub async fn announce_changes(config: &Config) {
    if let Some(redis) = Redis::open(&config.redis) {
        let told = bus::announce(&redis, &Topic::Blocks);
        // Nothing depends on it.
        let _ = tokio::time::timeout(ANNOUNCING, told).await;
    }
}
