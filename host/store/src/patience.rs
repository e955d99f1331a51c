//! How long one waits for a database that is away. A visitor is answered within five seconds
//! whatever happens: a turn reads first and writes later, and each has its part of them.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::error::{Result, StoreError};

/// How long reads wait.
const READING: Duration = Duration::from_millis(1_500);
/// How long the writing of a turn waits.
pub(crate) const WRITING: Duration = Duration::from_secs(3);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(30);

/// Reads, and reads again while the database is away, for as long as a visitor may be made to wait:
/// a restart of the database that is short enough is not noticed.
pub async fn patiently<T, F>(read: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let until = Instant::now() + READING;
    loop {
        match timeout_at(until, read()).await {
            Ok(Err(error)) if error.is_away() && has_time(until) => pause().await,
            Ok(outcome) => return outcome,
            Err(_) => return Err(StoreError::Slow { action: "reading" }),
        }
    }
}

/// Whether another attempt may be made.
pub(crate) fn has_time(until: Instant) -> bool {
    Instant::now() + PAUSE < until
}

/// Lets the database come to itself.
pub(crate) async fn pause() {
    sleep(PAUSE).await;
}
