//! How much the data folder's files take, held against the operator's limit.
//!
//! The folder itself is the truth: it is counted when the first file comes and again now and then,
//! so that neither a crash nor another process lets the figure drift for long.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::blocking;
use super::storage::{Doing, StorageError};
use crate::Clock;

/// How long a count is good.
const RECOUNT_MS: i64 = 10 * 60 * 1_000;

/// Keeps count. Cheap to clone.
#[derive(Clone)]
pub(super) struct Quota(Arc<Inner>);

struct Inner {
    root: PathBuf,
    /// In bytes; none: nothing is counted.
    limit: Option<u64>,
    clock: Clock,
    usage: Mutex<Usage>,
}

#[derive(Default)]
struct Usage {
    stored: u64,
    arriving: u64,
    counted_at: Option<i64>,
}

impl Quota {
    /// A limit in megabytes for the files in a folder; 0: none.
    pub(super) fn new(root: &Path, megabytes: u64, clock: &Clock) -> Self {
        Self(Arc::new(Inner {
            root: root.to_owned(),
            limit: (megabytes > 0).then(|| megabytes.saturating_mul(1 << 20)),
            clock: clock.clone(),
            usage: Mutex::default(),
        }))
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.0.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the folder where that was not done lately.
    pub(super) async fn count(&self) -> Result<(), StorageError> {
        if self.0.limit.is_none() {
            return Ok(());
        }
        let now_ms = self.0.clock.now_ms();
        let counted_at = self.usage().counted_at;
        if counted_at.is_some_and(|counted| now_ms - counted < RECOUNT_MS) {
            return Ok(());
        }
        let root = self.0.root.clone();
        let stored = blocking(move || size_of(&root)).await.doing("counted")?;
        let mut usage = self.usage();
        usage.stored = stored;
        usage.counted_at = Some(now_ms);
        Ok(())
    }

    /// Whether so many bytes more would fit.
    pub(super) fn has_room(&self, bytes: u64) -> bool {
        let usage = self.usage();
        let taken = usage.stored.saturating_add(usage.arriving);
        self.0
            .limit
            .is_none_or(|limit| taken.saturating_add(bytes) <= limit)
    }

    /// Room for a file that begins to arrive.
    pub(super) fn reserve(&self) -> Reservation {
        Reservation {
            quota: self.clone(),
            bytes: 0,
        }
    }

    /// A file was deleted.
    pub(super) fn freed(&self, bytes: u64) {
        let mut usage = self.usage();
        usage.stored = usage.stored.saturating_sub(bytes);
    }
}

/// Room for one file; given back when it is dropped.
pub(super) struct Reservation {
    quota: Quota,
    bytes: u64,
}

impl Reservation {
    /// Takes more room.
    pub(super) fn grow(&mut self, bytes: u64) -> Result<(), StorageError> {
        if !self.quota.has_room(bytes) {
            return Err(StorageError::Full);
        }
        self.quota.usage().arriving += bytes;
        self.bytes += bytes;
        Ok(())
    }

    /// The file is in its place; an older one of `replaced` bytes is not any more.
    pub(super) fn settle(self, replaced: u64) {
        let mut usage = self.quota.usage();
        usage.stored = (usage.stored + self.bytes).saturating_sub(replaced);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut usage = self.quota.usage();
        usage.arriving = usage.arriving.saturating_sub(self.bytes);
    }
}

/// What arrives stands in hidden folders and is counted by itself.
fn size_of(root: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    super::walk::files(root, root, &mut |_, size| {
        bytes += size;
        true
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_taken_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("old"), vec![0; 600_000]).unwrap();
        let clock = Clock::manual(0);
        let quota = Quota::new(folder.path(), 1, &clock);
        quota.count().await.unwrap();
        let mut one = quota.reserve();
        one.grow(400_000).unwrap();
        assert!(matches!(one.grow(100_000), Err(StorageError::Full)));
        assert!(!quota.has_room(100_000));
        drop(one);
        assert!(quota.has_room(400_000));

        let mut two = quota.reserve();
        two.grow(400_000).unwrap();
        two.settle(600_000);
        assert!(quota.has_room(600_000) && !quota.has_room(700_000));
        quota.freed(400_000);
        assert!(quota.has_room(1 << 20));
        // What another process wrote shows with the next count.
        clock.advance(RECOUNT_MS);
        quota.count().await.unwrap();
        assert!(!quota.has_room(600_000));
    }
}
