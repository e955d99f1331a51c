//! Replies whose storing broke off: the database went away before it said whether they are stored.
//!
//! The visitor was told to send the message again. When that comes, the journal tells: a reply that
//! was stored after all is answered with what it was answered with, and not taken as the answer to
//! the next question. What is forgotten here is only what no key tells apart anyway.

use std::sync::Arc;

use quick_cache::sync::Cache;
use talkloom_engine::Reply;
use talkloom_engine::output::ChatReply;
use talkloom_store::repository::TurnMark;
use talkloom_store::{SessionId, Store, StoreError};

use super::repeat::is_same_reply;
use super::reply::Replied;
use crate::versions::LoadedVersion;

/// Conversations that are remembered at most; a database that is away stops all of them soon.
const MOST: usize = 2_000;

/// Replies whose storing broke off.
pub struct Doubts(Cache<SessionId, Arc<Doubt>>);

/// A reply whose storing broke off.
pub(super) struct Doubt {
    /// The turn that would be stored.
    pub(super) turn: TurnMark,
    /// What the visitor said.
    pub(super) said: Reply,
    /// What the bot says.
    pub(super) answer: ChatReply,
    /// The version it was taken with.
    pub(super) version: Arc<LoadedVersion>,
}

impl Default for Doubts {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Doubts {
    pub(super) fn note(&self, id: &SessionId, doubt: Doubt) {
        self.0.insert(id.clone(), Arc::new(doubt));
    }

    pub(super) fn of(&self, id: &SessionId) -> Option<Arc<Doubt>> {
        // Asking costs less than looking a missing one up by its hash for every reply.
        if self.0.is_empty() {
            return None;
        }
        self.0.get(id)
    }

    pub(super) fn forget(&self, id: &SessionId) {
        self.0.remove(id);
    }
}

impl Doubt {
    /// The answer, where the visitor says the same again and the reply was stored after all.
    pub(super) async fn settle(
        &self,
        store: &Store,
        said: &Reply,
    ) -> Result<Option<Replied>, StoreError> {
        if !is_same_reply(&self.said, said) || !store.is_stored(&self.turn).await? {
            return Ok(None);
        }
        Ok(Some(Replied {
            reply: self.answer.clone(),
            is_preview: self.version.is_preview,
        }))
    }
}
