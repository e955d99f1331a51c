//! Whether Redis can be used now. One task finds out; all others only look.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::ConnectionManager;
use redis::{RedisResult, cmd};
use tokio::sync::watch;

use super::CONNECTING;

/// How often a Redis that is away is knocked at.
const PAUSE: Duration = Duration::from_secs(1);

/// The connection and whether it is any good.
pub(super) struct Link {
    manager: ConnectionManager,
    /// The key of the counter that goes up whenever Redis was away.
    era: String,
    up: watch::Sender<bool>,
    reason: Mutex<String>,
}

impl Link {
    pub(super) fn new(manager: ConnectionManager, era: String) -> Self {
        Self {
            manager,
            era,
            up: watch::Sender::new(false),
            reason: Mutex::default(),
        }
    }

    pub(super) fn connection(&self) -> ConnectionManager {
        self.manager.clone()
    }

    pub(super) fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    pub(super) async fn until(&self, up: bool) {
        // The sender stands beside: it cannot be gone.
        let _ = self.up.subscribe().wait_for(|is| *is == up).await;
    }

    /// No further command is tried until the task got through.
    pub(super) fn fail(&self, reason: &str) {
        let was_up = self.up.send_if_modified(|up| std::mem::replace(up, false));
        if was_up {
            reason.clone_into(&mut self.reason.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Keeps the link for as long as the process runs: says once when Redis goes and once when it
    /// comes back.
    pub(super) async fn keep(self: std::sync::Arc<Self>) {
        let mut was_away = false;
        loop {
            let mut told = was_away;
            while let Err(error) = self.knock().await {
                if !told {
                    let reason = error.to_string();
                    tracing::warn!(
                        reason,
                        "Redis cannot be reached: the server goes on without it"
                    );
                    (told, was_away) = (true, true);
                }
                tokio::time::sleep(PAUSE).await;
            }
            self.up.send_replace(true);
            if was_away {
                tracing::info!("Redis is back");
            }
            self.until(false).await;
            was_away = true;
            let reason = self
                .reason
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            tracing::warn!(reason, "Redis is away: the server goes on without it");
        }
    }

    /// A write, so that a Redis that only reads does not pass.
    async fn knock(&self) -> RedisResult<()> {
        let mut connection = self.manager.clone();
        let mut knock = cmd("INCR");
        knock.arg(&self.era);
        let answer = tokio::time::timeout(CONNECTING, knock.query_async(&mut connection)).await;
        answer.unwrap_or_else(|_| {
            let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
            Err(late.into())
        })
    }
}
