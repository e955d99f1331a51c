//! Conversations among several processes: one takes a turn at a time, and the next one has its state
//! at hand. Redis holds both; the database stays the truth, and its turn number has the last word.
//!
//! A turn begins by taking the lease and, with it, the record of the last turn. A process thereby
//! learns before anything runs whether what it remembers is still the newest. The record comes back
//! with the lease when the turn was committed; nobody waits for that. Without Redis there is no
//! lease: two processes may run one turn, and only one of them can commit.

mod hold;
mod scripts;

use std::time::Duration;

use talkloom_store::{SessionId, VersionId, WorkspaceId};
use tokio::time::Instant;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::turn::TurnError;
use crate::App;
use crate::redis::Redis;
pub(super) use hold::{Held, Hold};
use scripts::{ACQUIRE, BEGIN, EXTEND, RELEASE};

/// How long a lease lasts if its holder dies.
const HELD: Duration = Duration::from_secs(3);
/// How often it is extended.
const EXTENDED: Duration = Duration::from_secs(1);
/// Seconds that a record is kept.
const KEPT_S: u64 = 60 * 60;
/// How long another process's turn is first waited for, and at most until the next look.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// The right to take a conversation's turn, for as long as it lives.
pub(super) struct Lease {
    keys: Keys,
    redis: Redis,
    turns: TaskTracker,
    token: String,
    era: String,
    last: Option<Last>,
    _extended: AbortOnDropHandle<()>,
    is_released: bool,
}

/// What the record says of the last turn.
enum Last {
    /// The caller remembers it.
    Remembered,
    /// Another process took it.
    Elsewhere(Record),
}

/// A conversation between two turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// How many turns it has taken.
    pub(super) turn: i64,
    /// The owner.
    pub(super) workspace_id: WorkspaceId,
    /// The version it began with.
    pub(super) version_id: VersionId,
    /// The engine's state, as JSON text.
    pub(super) state: String,
}

/// The names of a conversation's keys.
struct Keys {
    lease: String,
    record: String,
    era: String,
}

impl Keys {
    fn of(redis: &Redis, id: &SessionId) -> Self {
        Self {
            lease: redis.key(&format!("lease:{id}")),
            record: redis.key(&format!("session:{id}")),
            era: redis.era(),
        }
    }
}

impl Lease {
    /// Waits until no other process takes the conversation's turn. `remembered` is the turn that
    /// this one knows. None without Redis.
    pub(super) async fn take(
        app: &App,
        id: &SessionId,
        remembered: Option<i64>,
    ) -> Result<Option<Self>, TurnError> {
        match &app.redis {
            // Boxed, so that a turn's future stays small where there is none.
            Some(redis) => Box::pin(Self::wait(app, redis, id, remembered)).await,
            None => Ok(None),
        }
    }

    async fn wait(
        app: &App,
        redis: &Redis,
        id: &SessionId,
        remembered: Option<i64>,
    ) -> Result<Option<Self>, TurnError> {
        let keys = Keys::of(redis, id);
        let token = format!("{}{}", redis.process(), app.entropy.id());
        let remembered = remembered.map(|turn| turn.to_string()).unwrap_or_default();
        let longest = HELD + Duration::from_secs(app.config.chat.turn_timeout_s);
        let (began, mut pause) = (Instant::now(), PAUSES.0);
        loop {
            let mut acquire = ACQUIRE.prepare_invoke();
            acquire.key(&keys.lease).key(&keys.record).key(&keys.era);
            acquire.arg(&token).arg(millis(HELD)).arg(&remembered);
            match redis.script::<Option<Vec<String>>>(&acquire).await {
                None => return Ok(None),
                Some(Some(found)) => {
                    return Ok(Some(Self::new(app, redis, keys, token, found)));
                }
                Some(None) if began.elapsed() > longest => return Err(TurnError::Busy),
                Some(None) => {
                    let paused = app.stopping.cut(tokio::time::sleep(pause)).await;
                    paused.ok_or(TurnError::Stopped)?;
                }
            }
            pause = PAUSES.1.min(pause * 2);
        }
    }

    fn new(app: &App, redis: &Redis, keys: Keys, token: String, found: Vec<String>) -> Self {
        let mut found = found.into_iter();
        let era = found.next().unwrap_or_default();
        let extending = extend(redis.clone(), keys.lease.clone(), token.clone());
        Self {
            last: last(found),
            _extended: AbortOnDropHandle::new(tokio::spawn(extending)),
            redis: redis.clone(),
            turns: app.turns.clone(),
            keys,
            token,
            era,
            is_released: false,
        }
    }

    /// Whether what the caller remembers is the last turn.
    pub(super) fn is_remembered(&self) -> bool {
        matches!(self.last, Some(Last::Remembered))
    }

    /// The last turn where another process took it and it is at hand; once only, because it may turn
    /// out not to be the last.
    pub(super) fn record(&mut self) -> Option<Record> {
        match self.last.take() {
            Some(Last::Elsewhere(record)) => Some(record),
            _ => None,
        }
    }

    /// Gives the lease back after a turn was committed, with what it left. Nobody waits for that.
    pub(super) fn release_with(mut self, record: &Record) {
        self.release(Some(record));
    }

    fn release(&mut self, record: Option<&Record>) {
        self.is_released = true;
        let mut release = RELEASE.prepare_invoke();
        release.key(&self.keys.lease).key(&self.keys.record);
        release.arg(&self.token);
        if let Some(record) = record {
            release.arg(KEPT_S).arg(&self.era);
            release.arg(record.turn).arg(record.workspace_id.as_str());
            release.arg(record.version_id.as_str()).arg(&record.state);
        }
        let redis = self.redis.clone();
        self.turns.spawn(async move {
            // What does not arrive ends by itself.
            redis.script::<i64>(&release).await;
        });
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.is_released {
            self.release(None);
        }
    }
}

/// Keeps a conversation that began for the process that gets the first reply.
pub(super) fn begin(app: &App, id: &SessionId, record: &Record) {
    let Some(redis) = app.redis.clone() else {
        return;
    };
    let keys = Keys::of(&redis, id);
    let mut begin = BEGIN.prepare_invoke();
    begin.key(&keys.lease).key(&keys.record).key(&keys.era);
    begin
        .arg(KEPT_S)
        .arg(record.turn)
        .arg(record.workspace_id.as_str());
    begin.arg(record.version_id.as_str()).arg(&record.state);
    app.turns.spawn(async move {
        redis.script::<i64>(&begin).await;
    });
}

async fn extend(redis: Redis, lease: String, token: String) {
    loop {
        tokio::time::sleep(EXTENDED).await;
        let mut extend = EXTEND.prepare_invoke();
        extend.key(&lease).arg(&token).arg(millis(HELD));
        if redis.script::<i64>(&extend).await == Some(0) {
            tracing::debug!("a lease was lost: the turn's number decides");
            return;
        }
    }
}

fn last(mut found: impl Iterator<Item = String>) -> Option<Last> {
    let turn = found.next()?.parse().ok()?;
    let Some(workspace) = found.next() else {
        return Some(Last::Remembered);
    };
    Some(Last::Elsewhere(Record {
        turn,
        workspace_id: WorkspaceId(workspace),
        version_id: VersionId(found.next()?),
        state: found.next()?,
    }))
}

fn millis(time: Duration) -> u64 {
    time.as_secs() * 1_000
}
