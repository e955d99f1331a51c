//! Running conversations in memory, and their order.
//!
//! A conversation's slot is locked for a whole turn: two replies at once are taken one after the
//! other, in the order they came. The slot holds the state that the last turn left, so that a reply
//! reads nothing from the database. Another process may have gone on meanwhile: with Redis that is
//! known before the turn begins (`lease/`), else the write is refused, and the turn is taken again
//! from what is stored.
//!
//! A conversation that waits for long is let go: ten thousand idle visitors cost no memory.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use talkloom_engine::State;
use talkloom_store::SessionId;
use tokio::sync::{Mutex, MutexGuard};

use super::lease::Record;
use crate::versions::LoadedVersion;

/// Running conversations in memory.
pub struct Conversations {
    slots: Cache<SessionId, Arc<Slot>>,
    /// How often [`Conversations::let_go`] was called.
    rounds: AtomicU64,
}

/// A conversation's place.
pub(super) struct Slot {
    /// Empty until the state is read.
    waiting: Mutex<Option<Waiting>>,
    /// The round in which it was last asked for.
    used: AtomicU64,
}

impl Slot {
    /// Waits for the turns that came before.
    pub(super) async fn lock(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.waiting.lock().await
    }
}

/// A conversation that waits for a reply.
pub(super) struct Waiting {
    /// The version it began with.
    pub(super) version: Arc<LoadedVersion>,
    /// The engine's state.
    pub(super) state: State,
    /// How many turns it has taken.
    pub(super) turn: i64,
}

impl Waiting {
    /// The same for other processes; `state` is the state as text.
    pub(super) fn record(&self, state: String) -> Record {
        Record {
            turn: self.turn,
            workspace_id: self.version.workspace_id.clone(),
            version_id: self.version.id.clone(),
            state,
        }
    }
}

impl Conversations {
    /// Keeps up to `capacity` conversations; the rest is read back when a reply comes.
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: Cache::new(capacity),
            rounds: AtomicU64::new(0),
        }
    }

    /// Lets go of conversations that nobody has asked for since the last call; they are read back
    /// when a reply comes.
    pub fn let_go(&self) {
        let round = self.rounds.fetch_add(1, Ordering::Relaxed);
        self.slots.retain(|_, slot| {
            // Whoever holds a slot is in the middle of a turn.
            Arc::strong_count(slot) > 1 || slot.used.load(Ordering::Relaxed) >= round
        });
    }

    /// Lets go of idle conversations for as long as the server runs.
    pub async fn let_go_every(&self, period: Duration) {
        let mut rounds = tokio::time::interval(period);
        loop {
            rounds.tick().await;
            self.let_go();
        }
    }

    fn make(&self, waiting: Option<Waiting>) -> Arc<Slot> {
        Arc::new(Slot {
            waiting: Mutex::new(waiting),
            used: AtomicU64::new(self.rounds.load(Ordering::Relaxed)),
        })
    }

    pub(super) fn slot(&self, id: &SessionId) -> Arc<Slot> {
        let make = || Ok::<_, Infallible>(self.make(None));
        let slot = match self.slots.get_or_insert_with(id, make) {
            Ok(slot) => slot,
            Err(never) => match never {},
        };
        slot.used
            .store(self.rounds.load(Ordering::Relaxed), Ordering::Relaxed);
        slot
    }

    pub(super) fn keep(&self, id: SessionId, waiting: Waiting) {
        self.slots.insert(id, self.make(Some(waiting)));
    }

    pub(super) fn forget(&self, id: &SessionId) {
        self.slots.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn idle_conversations_are_let_go_and_those_in_a_turn_are_not() {
        let conversations = Conversations::new(10);
        let (idle, busy) = (SessionId("idle".into()), SessionId("busy".into()));
        let first = Arc::downgrade(&conversations.slot(&idle));
        let slot = conversations.slot(&busy);
        let turn = slot.lock().await;
        conversations.let_go();
        assert!(first.upgrade().is_some(), "it was asked for in this round");
        conversations.let_go();
        assert!(first.upgrade().is_none());
        assert!(Arc::ptr_eq(&slot, &conversations.slot(&busy)));
        drop(turn);
    }
}
