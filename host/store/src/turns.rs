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

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::error::{Result, StoreError};
use crate::patience::{WRITING, has_time, patiently, pause};
use crate::repository::{Advance, NewAnswer, NewLog, ResultState, TurnMark};
use crate::transaction::{Reader, Repositories, Tx, Writer};
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

/// Starts the writing task, which ends when the last sender is gone and all is written.
pub(crate) fn start(writer: Writer) -> Turns {
    let (turns, queue) = mpsc::channel(QUEUE);
    tokio::spawn(write_all(writer, queue));
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
            Err(_) => return Err(away()),
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Whether exactly this turn is stored; for one that was [`StoreError::Unsettled`].
    pub async fn is_stored(&self, turn: &TurnMark) -> Result<bool> {
        let is_stored = || async { self.reader.journal().has(turn).await };
        patiently(is_stored).await
    }
}

async fn write_all(writer: Writer, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(SHARED);
    while queue.recv_many(&mut waiting, SHARED).await > 0 {
        let error = match write_patiently(&writer, &mut waiting).await {
            Ok(lost) => {
                for turn in waiting.drain(..) {
                    let answer = if lost.contains(turn.write.session.id()) {
                        moved_on(&writer, &turn).await
                    } else {
                        Ok(())
                    };
                    turn.tell(answer);
                }
                continue;
            }
            Err(error) => error,
        };
        let is_alone = waiting.len() == 1;
        for turn in waiting.drain(..) {
            if is_alone {
                let answer = refused(&writer, &turn, &error).await;
                turn.tell(answer);
            } else {
                // One turn's fault must not become that of the others.
                write_alone(&writer, turn).await;
            }
        }
    }
}

async fn write_alone(writer: &Writer, turn: Waiting) {
    let mut alone = vec![turn];
    let outcome = write_patiently(writer, &mut alone).await;
    // It is gone where its time was over.
    if let Some(turn) = alone.pop() {
        let answer = match outcome {
            Ok(lost) if lost.is_empty() => Ok(()),
            Ok(_) => moved_on(writer, &turn).await,
            Err(error) => refused(writer, &turn, &error).await,
        };
        turn.tell(answer);
    }
}

/// Writes turns, again and again while the database is away. Those whose time is over are told so
/// and taken out.
async fn write_patiently(
    writer: &Writer,
    waiting: &mut Vec<Waiting>,
) -> Result<HashSet<SessionId>> {
    loop {
        let Some(until) = waiting.iter().map(|turn| turn.until).min() else {
            return Ok(HashSet::new());
        };
        let mut is_committing = false;
        let writes: Vec<_> = waiting.iter().map(|turn| &turn.write).collect();
        let writing = write_together(writer, &writes, &mut is_committing);
        let error = match timeout_at(until, writing).await {
            Ok(Err(error)) if error.is_away() => error,
            Ok(outcome) => return outcome,
            Err(_) => away(),
        };
        tracing::warn!(%error, turns = waiting.len(), "turns wait for the database");
        for turn in waiting.iter_mut() {
            turn.is_unsettled |= is_committing;
        }
        for turn in waiting.extract_if(.., |turn| !has_time(turn.until)) {
            let error = if turn.is_unsettled {
                turn.unsettled()
            } else {
                error.shared()
            };
            turn.tell(Err(error));
        }
        pause().await;
    }
}

impl Waiting {
    fn unsettled(&self) -> StoreError {
        let turn = Box::new(self.write.journal.mark());
        StoreError::Unsettled { turn }
    }

    fn tell(self, answer: Result<()>) {
        // Whoever waited may be gone; the turn is written all the same.
        let _ = self.done.send(answer);
    }
}

fn away() -> StoreError {
    let action = "storing turns";
    StoreError::Slow { action }
}

/// A row of the turn is there already, or it does not fit: its own, where an earlier attempt was
/// stored after all.
async fn refused(writer: &Writer, turn: &Waiting, error: &StoreError) -> Result<()> {
    match error {
        StoreError::Conflict { .. } if turn.is_unsettled => match moved_on(writer, turn).await {
            Err(StoreError::Conflict { .. }) => Err(error.shared()),
            other => other,
        },
        _ => Err(error.shared()),
    }
}

/// The session is not where the turn began: another turn moved it on, or an attempt of this one.
async fn moved_on(writer: &Writer, turn: &Waiting) -> Result<()> {
    let conflict = StoreError::Conflict { what: "session" };
    if !turn.is_unsettled {
        return Err(conflict);
    }
    let mark = turn.write.journal.mark();
    let reader = Reader(writer.0.clone());
    let asked = patiently(|| async { reader.journal().has(&mark).await });
    match asked.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(conflict),
        Err(_) => Err(turn.unsettled()),
    }
}

/// Writes turns of different sessions in one transaction; gives the sessions that had moved on.
/// Notes when it comes to the commit: what breaks off there may be stored.
async fn write_together(
    writer: &Writer,
    writes: &[&TurnWrite],
    is_committing: &mut bool,
) -> Result<HashSet<SessionId>> {
    let tx = writer.begin().await?;
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
    tx.idempotency_keys().add(&keys).await
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
