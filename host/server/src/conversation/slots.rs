//! Running conversations in memory, and their order.
//!
//! A conversation's slot is locked for a whole turn: two replies at once are taken one after the
//! other, in the order they came. The slot holds the state that the last turn left, so that a reply
//! reads nothing from the database. Another process may have gone on meanwhile; then the write is
//! refused there, and the turn is taken again from what is stored.

use std::convert::Infallible;
use std::sync::Arc;

use quick_cache::sync::Cache;
use talkloom_engine::State;
use talkloom_store::SessionId;
use tokio::sync::Mutex;

use crate::versions::LoadedVersion;

/// Running conversations in memory.
pub struct Conversations {
    slots: Cache<SessionId, Arc<Slot>>,
}

/// A conversation's place; empty until its state is read.
pub(super) type Slot = Mutex<Option<Waiting>>;

/// A conversation that waits for a reply.
pub(super) struct Waiting {
    /// The version it began with.
    pub(super) version: Arc<LoadedVersion>,
    /// The engine's state.
    pub(super) state: State,
    /// How many turns it has taken.
    pub(super) turn: i64,
}

impl Conversations {
    /// Keeps up to `capacity` conversations; the rest is read back when a reply comes.
    pub fn new(capacity: usize) -> Self {
        Self {
            slots: Cache::new(capacity),
        }
    }

    pub(super) fn slot(&self, id: &SessionId) -> Arc<Slot> {
        let make = || Ok::<_, Infallible>(Arc::new(Slot::default()));
        match self.slots.get_or_insert_with(id, make) {
            Ok(slot) => slot,
            Err(never) => match never {},
        }
    }

    pub(super) fn keep(&self, id: SessionId, waiting: Waiting) {
        self.slots.insert(id, Arc::new(Mutex::new(Some(waiting))));
    }

    pub(super) fn forget(&self, id: &SessionId) {
        self.slots.remove(id);
    }
}
