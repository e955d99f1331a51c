//! An answer that the visitor's page shows as it comes, between two turns.
//!
//! The turn before left the call in the state; the page's next reply brings the whole answer back.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use serde_json::json;
use talkloom_engine::effect::{BlockCall, BlockFailure, BlockOutcome};
use talkloom_engine::output::LogLine;
use talkloom_store::repository::NewLog;
use talkloom_store::{Repositories, ResultId, SessionId, StoreError};
use tokio::sync::mpsc;

use super::calls::call_block;
use super::lease::{Held, Hold};
use super::peek::Glance;
use super::turn::Scope;
use crate::App;

/// How often the answer of one turn is asked for: a page may come back after it lost its
/// connection, and each time costs the bot's owner.
const ATTEMPTS: u32 = 5;

/// The call whose answer a page shows as it comes.
pub struct AwaitedStream {
    scope: Scope,
    call: BlockCall,
    turn: i64,
}

impl AwaitedStream {
    /// The call that the conversation waits for, if it waits for one.
    pub fn of(glance: &Glance) -> Option<Self> {
        let result = glance.state.running_result();
        Some(Self {
            call: glance.state.awaited_stream()?.clone(),
            scope: Scope {
                workspace_id: glance.session.workspace_id.clone(),
                bot_id: glance.running.bot_id.clone(),
                session_id: glance.session.id.clone(),
                result_id: result.map(|result| ResultId(result.to_owned())),
                pins: Arc::clone(&glance.root.pins),
                letters: Arc::default(),
            },
            turn: glance.session.turn,
        })
    }

    /// Nobody but the bot's builder sees what it says.
    pub fn is_preview(&self) -> bool {
        self.scope.result_id.is_none()
    }

    /// Calls the block, which sends its answer to `live` part by part. Dropping the call ends it.
    pub async fn call(
        &self,
        app: &App,
        live: mpsc::Sender<String>,
    ) -> Result<BlockOutcome, BlockFailure> {
        call_block(app, &self.scope, self.call.clone(), Some(live)).await
    }

    /// Keeps what the block set until the page's reply, which takes it up.
    pub async fn keep(&self, app: &App, outcome: &BlockOutcome) -> Result<(), StoreError> {
        if outcome.assignments.is_empty() {
            return Ok(());
        }
        let kept = json!({ "assignments": outcome.assignments }).to_string();
        let Scope {
            workspace_id,
            session_id,
            ..
        } = &self.scope;
        let tx = app.store.begin().await?;
        let sessions = tx.sessions();
        // A conversation that has moved on does not need it any more.
        sessions
            .keep_streamed(workspace_id, session_id, self.turn, &kept)
            .await?;
        tx.commit().await
    }

    /// Adds lines to the log of the result.
    pub async fn log(&self, app: &App, lines: Vec<LogLine>) -> Result<(), StoreError> {
        let Some(result) = &self.scope.result_id else {
            return Ok(());
        };
        let new = |line: LogLine| NewLog {
            result_id: result.clone(),
            status: line.status,
            description: line.description,
            details: line.details,
            context: line.context,
        };
        let lines: Vec<_> = lines.into_iter().map(new).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let tx = app.store.begin().await?;
        let lines: Vec<_> = lines.iter().collect();
        tx.logs().add(&lines, app.clock.now_ms()).await?;
        tx.commit().await
    }
}

/// The answers under way, and how often the last ones were asked for.
pub struct Streams {
    running: Arc<Mutex<HashSet<SessionId>>>,
    attempts: Cache<SessionId, (i64, u32)>,
}

/// Whether an answer may be asked for now.
pub enum Admission {
    /// It may; the place is held until this is dropped.
    Granted(Place),
    /// One is under way for the same conversation.
    Running,
    /// It was asked for too often.
    TooOften,
}

/// Holds a conversation's one place among the answers under way, here and in other processes.
pub struct Place {
    /// None without Redis: then other processes are not known of.
    _among_all: Option<Hold>,
    _here: Here,
}

/// A conversation's place in this process.
struct Here {
    running: Arc<Mutex<HashSet<SessionId>>>,
    session: SessionId,
}

impl Streams {
    /// Remembers how often the answers of `capacity` conversations were asked for.
    pub fn new(capacity: usize) -> Self {
        Self {
            running: Arc::default(),
            attempts: Cache::new(capacity),
        }
    }

    /// Asks for a place.
    pub async fn admit(&self, app: &App, stream: &AwaitedStream) -> Admission {
        let session = &stream.scope.session_id;
        let Some(here) = self.enter(session) else {
            return Admission::Running;
        };
        let among_all = match Hold::of_stream(app, session).await {
            Held::Here(hold) => Some(hold),
            Held::Unknown => None,
            Held::Elsewhere => return Admission::Running,
        };
        let before = match self.attempts.get(session) {
            Some((turn, attempts)) if turn == stream.turn => attempts,
            _ => 0,
        };
        if before >= ATTEMPTS {
            return Admission::TooOften;
        }
        self.attempts
            .insert(session.clone(), (stream.turn, before + 1));
        Admission::Granted(Place {
            _among_all: among_all,
            _here: here,
        })
    }

    fn enter(&self, session: &SessionId) -> Option<Here> {
        let is_new = lock(&self.running).insert(session.clone());
        is_new.then(|| Here {
            running: Arc::clone(&self.running),
            session: session.clone(),
        })
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.session);
    }
}

fn lock(running: &Mutex<HashSet<SessionId>>) -> MutexGuard<'_, HashSet<SessionId>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
