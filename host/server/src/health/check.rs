//! Looks after the parts that turns need. However often it is asked, each is looked at now and then
//! only, by one asker at a time.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::report::{Part, Report, Status};
use crate::App;
use crate::files::StorageError;

/// How quickly the database has to answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long what was found counts.
const DATABASE_COUNTS: Duration = Duration::from_millis(800);
/// A bucket is asked over the network, and each time costs.
const STORAGE_COUNTS: Duration = Duration::from_secs(10);

/// What was found last.
#[derive(Default)]
pub struct Health {
    database: Mutex<Option<Found>>,
    storage: Mutex<Option<Found>>,
}

struct Found {
    at: Instant,
    part: Part,
}

impl Health {
    /// How the server stands.
    pub(super) async fn report(&self, app: &App) -> Report {
        let (database, storage) = tokio::join!(
            recent(&self.database, DATABASE_COUNTS, database(app)),
            recent(&self.storage, STORAGE_COUNTS, storage(app)),
        );
        let parts = [database, storage].into_iter().chain(redis(app));
        Report::of(parts.collect())
    }
}

async fn recent(
    last: &Mutex<Option<Found>>,
    counts_for: Duration,
    look: impl Future<Output = Part>,
) -> Part {
    let mut last = last.lock().await;
    if let Some(found) = &*last
        && found.at.elapsed() < counts_for
    {
        return found.part.clone();
    }
    let part = look.await;
    tell_change(last.as_ref().map(|found| &found.part), &part);
    *last = Some(Found {
        at: Instant::now(),
        part: part.clone(),
    });
    part
}

fn tell_change(before: Option<&Part>, now: &Part) {
    let before = before.map_or(Status::Ok, |part| part.status);
    if before == now.status {
        return;
    }
    match now.status {
        Status::Ok => tracing::info!(part = now.name, "{}", now.message),
        _ => tracing::warn!(part = now.name, "{}", now.message),
    }
}

async fn database(app: &App) -> Part {
    let (status, message) = match timeout(PATIENCE, app.store.ping()).await {
        Ok(Ok(())) => (Status::Ok, "The database answers."),
        Ok(Err(error)) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "no answer");
            (
                Status::Away,
                "The database cannot be used. See that it runs and that its address is right.",
            )
        }
        Err(_) => (
            Status::Away,
            "The database does not answer within half a second.",
        ),
    };
    Part {
        name: "database",
        status,
        message,
    }
}

/// Redis, where there is one; it knows by itself how it stands.
fn redis(app: &App) -> Option<Part> {
    let (status, message) = if app.redis.as_ref()?.is_up() {
        (Status::Ok, "Redis answers.")
    } else {
        (
            Status::Degraded,
            "Redis does not answer. Turns are taken all the same, a little slower.",
        )
    };
    Some(Part {
        name: "redis",
        status,
        message,
    })
}

async fn storage(app: &App) -> Part {
    let (status, message) = match timeout(PATIENCE, app.files.check()).await {
        Ok(Ok(_)) => (Status::Ok, "Files can be stored."),
        Ok(Err(StorageError::Full)) => (
            Status::Degraded,
            "Files have reached storage.quota_mb. Delete some, or raise it; turns are taken.",
        ),
        Ok(Err(error)) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "no place");
            (
                Status::Degraded,
                "Files cannot be stored. See to the folder's rights and the disk's room, or the bucket.",
            )
        }
        Err(_) => (
            Status::Degraded,
            "The place for files does not answer within half a second.",
        ),
    };
    Part {
        name: "storage",
        status,
        message,
    }
}
