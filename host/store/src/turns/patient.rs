//! Turns that wait for a database that is away, and what became of those whose commit broke off.

use std::collections::HashSet;

use tokio::time::timeout_at;

use super::{Lane, Waiting};
use crate::error::{Result, StoreError};
use crate::patience::{has_time, patiently, pause};
use crate::repository::TurnMark;
use crate::transaction::{Reader, Repositories};
use crate::{SessionId, Store};

impl Store {
    /// Whether exactly this turn is stored; for one that was [`StoreError::Unsettled`].
    pub async fn is_stored(&self, turn: &TurnMark) -> Result<bool> {
        patiently(|| async { self.reader.journal().has(turn).await }).await
    }
}

pub(super) fn slow() -> StoreError {
    let action = "storing turns";
    StoreError::Slow { action }
}

impl Waiting {
    /// Answers whoever waits, who may be gone; the turn is written all the same.
    pub(super) fn tell(self, answer: Result<()>) {
        let _ = self.done.send(answer);
    }

    fn unsettled(&self) -> StoreError {
        let turn = Box::new(self.write.journal.mark());
        StoreError::Unsettled { turn }
    }

    /// Why it is not known to be stored when its time is over.
    fn given_up(&self, error: &StoreError) -> StoreError {
        if self.is_unsettled {
            self.unsettled()
        } else {
            error.shared()
        }
    }
}

impl Lane {
    /// Writes turns, again and again while the database is away. Those whose time is over are told
    /// so and taken out.
    pub(super) async fn write_patiently(
        &self,
        waiting: &mut Vec<Waiting>,
    ) -> Result<HashSet<SessionId>> {
        loop {
            let Some(until) = waiting.iter().map(|turn| turn.until).min() else {
                return Ok(HashSet::new());
            };
            let mut is_committing = false;
            let writes: Vec<_> = waiting.iter().map(|turn| &turn.write).collect();
            let writing = self.write(&writes, &mut is_committing);
            let error = match timeout_at(until, writing).await {
                Ok(Err(error)) if error.is_away() => error,
                Ok(outcome) => return outcome,
                Err(_) => slow(),
            };
            tracing::warn!(
                %error, turns = waiting.len(), is_committing, "turns wait for the database"
            );
            for turn in waiting.iter_mut() {
                turn.is_unsettled |= is_committing;
            }
            for turn in waiting.extract_if(.., |turn| !has_time(turn.until)) {
                let error = turn.given_up(&error);
                turn.tell(Err(error));
            }
            pause().await;
        }
    }

    /// Writes a turn by itself and tells what became of it.
    pub(super) async fn write_alone(&self, turn: Waiting) {
        let mut alone = vec![turn];
        let outcome = self.write_patiently(&mut alone).await;
        // Where its time was over, it was told so already.
        for turn in alone {
            let answer = self.answer(&turn, &outcome).await;
            turn.tell(answer);
        }
    }

    /// What became of a turn that was written.
    pub(super) async fn answer(
        &self,
        turn: &Waiting,
        outcome: &Result<HashSet<SessionId>>,
    ) -> Result<()> {
        let conflict = match outcome {
            Ok(lost) if lost.contains(turn.write.session.id()) => {
                StoreError::Conflict { what: "session" }
            }
            Ok(_) => return Ok(()),
            Err(error) => error.shared(),
        };
        if !turn.is_unsettled || !matches!(conflict, StoreError::Conflict { .. }) {
            return Err(conflict);
        }
        // What took its place may be an earlier attempt of its own.
        let reader = Reader(self.writer.connection.clone());
        let mark = turn.write.journal.mark();
        match patiently(|| async { reader.journal().has(&mark).await }).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(conflict),
            Err(_) => Err(turn.unsettled()),
        }
    }
}
