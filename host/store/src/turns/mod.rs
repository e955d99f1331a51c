//! Turns of conversations, written together.
//!
//! A turn's state, records and journal entry go into one transaction, and turns that wait at the
//! same time share it: the price of a commit is divided among them. A turn is acknowledged only
//! after the commit. One that lost its session to another process is left out and told so; it takes
//! no other down with it.
//!
//! A turn that is written again is stored once: its session's turn number and its place in the
//! journal are taken then, and what stands in the journal tells whose they are.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sea_orm::sqlx::PgPool;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

mod patient;
pub(crate) mod postgres;

use crate::error::{Result, StoreError};
use crate::patience::WRITING;
use crate::repository::{Advance, NewAnswer, NewJob, NewLog, ResultState};
use crate::transaction::{Repositories, Tx, Writer};
use crate::{
    IdempotencyKey, JournalEntry, Session, SessionId, Store, VariableChange, VisitedEdge,
    WorkspaceId,
};

/// Everything that one turn leaves behind.
#[derive(Debug, Clone)]
pub struct TurnWrite {
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// What becomes of the session.
    pub session: SessionWrite,
    /// How the results stand.
    pub results: Vec<ResultState>,
    /// Accepted answers.
    pub answers: Vec<NewAnswer>,
    /// Log lines.
    pub logs: Vec<NewLog>,
    /// Edges taken off the default path.
    pub visited_edges: Vec<VisitedEdge>,
    /// Changes of variables.
    pub variable_changes: Vec<VariableChange>,
    /// Where the turn began at a block that listens: what its page had got is taken.
    pub listened: Option<Listened>,
    /// What the turn can be replayed from.
    pub journal: JournalEntry,
    /// What tells the request apart when it is sent again.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Work that the turn wants done.
    pub jobs: Vec<NewJob>,
    /// When: milliseconds since 1970, UTC.
    pub now_ms: i64,
}

/// Where a turn went on from, that began at a block that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listened {
    /// The result; in a preview the session.
    pub room: String,
    /// The turn that was read.
    pub from_turn: i64,
}

/// What becomes of a session in a turn.
#[derive(Debug, Clone)]
pub enum SessionWrite {
    /// It begins.
    Start(Box<Session>),
    /// A preview begins, in the place of one that had the same id.
    Replace(Box<Session>),
    /// It goes on.
    Advance(Advance),
    /// It ends and is deleted.
    End {
        /// The session.
        id: SessionId,
        /// The turn that was read.
        from_turn: i64,
    },
}

impl SessionWrite {
    fn id(&self) -> &SessionId {
        match self {
            Self::Start(session) | Self::Replace(session) => &session.id,
            Self::Advance(advance) => &advance.id,
            Self::End { id, .. } => id,
        }
    }
}

/// A turn and whoever waits for it.
pub(crate) struct Waiting {
    write: TurnWrite,
    done: oneshot::Sender<Result<()>>,
    /// When whoever waits has to be told that the database is away.
    until: Instant,
    /// An attempt was broken off in its commit: the turn may be stored.
    is_unsettled: bool,
}

/// Turns that may wait for the writer; more make their callers wait.
const QUEUE: usize = 1024;
/// Turns that share one transaction at most: its length bounds everyone's wait.
const SHARED: usize = 128;

pub(crate) type Turns = mpsc::Sender<Waiting>;

/// Where turns are written.
#[derive(Clone)]
struct Lane {
    writer: Writer,
    /// PostgreSQL's own way.
    postgres: Option<PgPool>,
}

/// Starts the writing tasks, which end when the last sender is gone and all is written.
pub(crate) fn start(writer: Writer, postgres: Option<PgPool>) -> Turns {
    let (turns, queue) = mpsc::channel(QUEUE);
    let queue = Arc::new(Mutex::new(queue));
    // SQLite has one writer.
    let lanes = postgres.as_ref().map_or(1, |_| postgres::LANES);
    for _ in 0..lanes {
        let lane = Lane {
            writer: writer.clone(),
            postgres: postgres.clone(),
        };
        tokio::spawn(write_all(lane, Arc::clone(&queue)));
    }
    turns
}

impl Store {
    /// Writes a turn, together with those that wait at the same time, and returns after the commit.
    /// A session that has moved on is a conflict: nothing of the turn is written.
    ///
    /// A database that is away is waited for, for a while. Where it went away in the midst of the
    /// commit, the store finds out itself whether the turn is stored, and does not store it twice.
    ///
    /// # Errors
    /// [`StoreError::Unsettled`] where that could not be found out in time:
    /// [`Store::is_stored`] tells it later.
    pub async fn commit_turn(&self, write: TurnWrite) -> Result<()> {
        let (done, answer) = oneshot::channel();
        let until = Instant::now() + WRITING;
        let waiting = Waiting {
            write,
            done,
            until,
            is_unsettled: false,
        };
        match timeout_at(until, self.turns.send(waiting)).await {
            Ok(sent) => sent.map_err(|_| StoreError::Closed)?,
            Err(_) => return Err(patient::slow()),
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write_all(lane: Lane, queue: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    let together = metrics::histogram!(crate::COMMIT_TURNS);
    let mut waiting = Vec::with_capacity(SHARED);
    while queue.lock().await.recv_many(&mut waiting, SHARED).await > 0 {
        together.record(f64::from(u32::try_from(waiting.len()).unwrap_or(u32::MAX)));
        let outcome = lane.write_patiently(&mut waiting).await;
        let alone = outcome.is_err() && waiting.len() > 1;
        for turn in waiting.drain(..) {
            if alone {
                // One turn's fault must not become that of the others.
                lane.write_alone(turn).await;
            } else {
                let answer = lane.answer(&turn, &outcome).await;
                turn.tell(answer);
            }
        }
    }
}

impl Lane {
    /// Writes turns of different sessions together; gives the sessions that had moved on. Notes when
    /// it comes to the commit: what breaks off there may be stored.
    async fn write(
        &self,
        writes: &[&TurnWrite],
        is_committing: &mut bool,
    ) -> Result<HashSet<SessionId>> {
        if let Some(pool) = &self.postgres
            && writes.iter().all(|write| postgres::takes(write))
        {
            let mut connection = postgres::connection(pool).await?;
            *is_committing = true;
            match postgres::write(&mut connection, writes).await {
                // The general way tells what is taken.
                Err(StoreError::Conflict { .. }) => *is_committing = false,
                outcome => return outcome,
            }
        }
        self.write_by_tables(writes, is_committing).await
    }

    /// Writes them in one transaction, table by table.
    async fn write_by_tables(
        &self,
        writes: &[&TurnWrite],
        is_committing: &mut bool,
    ) -> Result<HashSet<SessionId>> {
        let tx = self.writer.begin().await?;
        let lost = write_sessions(&tx, writes).await?;
        let kept: Vec<_> = writes
            .iter()
            .copied()
            .filter(|write| !lost.contains(write.session.id()))
            .collect();
        write_records(&tx, &kept).await?;
        *is_committing = true;
        tx.commit().await?;
        Ok(lost)
    }
}

async fn write_sessions(tx: &Tx, writes: &[&TurnWrite]) -> Result<HashSet<SessionId>> {
    let (mut starts, mut advances, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let (mut lost, mut replaced) = (HashSet::new(), Vec::new());
    for write in writes {
        match &write.session {
            SessionWrite::Start(session) => starts.push(&**session),
            SessionWrite::Replace(session) => {
                replaced.push((&write.workspace_id, &session.id));
                starts.push(session);
            }
            SessionWrite::Advance(advance) => advances.push((&write.workspace_id, advance)),
            SessionWrite::End { id, from_turn } => ends.push((&write.workspace_id, id, *from_turn)),
        }
    }
    if !replaced.is_empty() {
        tx.sessions().remove_previews(&replaced).await?;
        tx.journal().remove_previews(&replaced).await?;
        tx.idempotency_keys().remove(&replaced).await?;
    }
    tx.sessions().add(&starts).await?;
    // In one order everywhere: hosts that want the same rows must not wait for each other in turn.
    advances.sort_unstable_by_key(|(_, advance)| &advance.id);
    ends.sort_unstable_by_key(|(_, id, _)| *id);
    if !advances.is_empty() {
        let written = tx.sessions().advance(&advances, now(writes)).await?;
        lost.extend(
            advances
                .iter()
                .map(|(_, advance)| &advance.id)
                .filter(|id| !written.contains(id))
                .cloned(),
        );
    }
    if !ends.is_empty() {
        let deleted = tx.sessions().end(&ends).await?;
        lost.extend(
            ends.iter()
                .map(|(_, id, _)| *id)
                .filter(|id| !deleted.contains(id))
                .cloned(),
        );
    }
    Ok(lost)
}

async fn write_records(tx: &Tx, writes: &[&TurnWrite]) -> Result<()> {
    let now_ms = now(writes);
    // Two conversations may share a result; the last word counts.
    let mut results = BTreeMap::new();
    for write in writes {
        for result in &write.results {
            results.insert(
                &result.id,
                (&write.workspace_id, write.session.id(), result),
            );
        }
    }
    let results: Vec<_> = results.into_values().collect();
    tx.results().save(&results, now_ms).await?;
    tx.answers()
        .add(&all(writes, |write| &write.answers), now_ms)
        .await?;
    tx.logs()
        .add(&all(writes, |write| &write.logs), now_ms)
        .await?;
    tx.visited_edges()
        .add(&all(writes, |write| &write.visited_edges))
        .await?;
    tx.variable_history()
        .add(&all(writes, |write| &write.variable_changes))
        .await?;
    for write in writes {
        if let Some(Listened { room, from_turn }) = &write.listened {
            tx.listener_messages()
                .take(&write.workspace_id, room, *from_turn)
                .await?;
        }
    }
    let journal: Vec<_> = writes.iter().map(|write| &write.journal).collect();
    tx.journal().append(&journal).await?;
    let keys: Vec<_> = writes
        .iter()
        .filter_map(|write| write.idempotency_key.as_ref())
        .collect();
    tx.idempotency_keys().add(&keys).await?;
    let jobs: Vec<_> = writes
        .iter()
        .flat_map(|write| {
            write
                .jobs
                .iter()
                .map(|job| (Some(&write.workspace_id), job))
        })
        .collect();
    if !jobs.is_empty() {
        tx.jobs().add_all(&jobs, now_ms).await?;
    }
    Ok(())
}

fn all<'w, T>(writes: &[&'w TurnWrite], rows: impl Fn(&'w TurnWrite) -> &'w Vec<T>) -> Vec<&'w T> {
    writes.iter().flat_map(|write| rows(write)).collect()
}

/// Turns that are written together count as taken at the same time.
fn now(writes: &[&TurnWrite]) -> i64 {
    writes
        .iter()
        .map(|write| write.now_ms)
        .max()
        .unwrap_or_default()
}
