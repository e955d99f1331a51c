//! How much the data folder's files take, held against the operator's limit.
//!
//! The folder itself is the truth: it is counted when the first file comes and again now and then,
//! so that neither a crash nor another process lets the figure drift for long.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::storage::{Doing, StorageError};
use super::{FileKey, blocking};
use crate::Clock;

/// How long a count is good.
const RECOUNT_MS: i64 = 10 * 60 * 1_000;
/// The same where a file would be refused: somebody may have made room.
const RECOUNT_FULL_MS: i64 = 1_000;
/// Of the time, at most one part in so many is spent on counting.
const COUNTING_PART: i64 = 5;

/// Keeps count. Cheap to clone.
#[derive(Clone)]
pub(super) struct Quota(Arc<Inner>);

struct Inner {
    root: PathBuf,
    /// In bytes; none: nothing is counted.
    limit: Option<u64>,
    clock: Clock,
    usage: Mutex<Usage>,
    /// One counts, others wait for it.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Usage {
    stored: u64,
    arriving: u64,
    /// Came to its place since the last count began.
    settled: u64,
    counted_at: Option<i64>,
    /// How long the last count took.
    took_ms: i64,
    /// The smallest file that was refused since there was room for it.
    refused: Option<u64>,
}

impl Quota {
    /// A limit in megabytes for the files in a folder; 0: none.
    pub(super) fn new(root: &Path, megabytes: u64, clock: &Clock) -> Self {
        Self(Arc::new(Inner {
            root: root.to_owned(),
            limit: (megabytes > 0).then(|| megabytes.saturating_mul(1 << 20)),
            clock: clock.clone(),
            usage: Mutex::default(),
            counting: tokio::sync::Mutex::default(),
        }))
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.0.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so many bytes more fit. Before they are refused the folder is counted again.
    pub(super) async fn has_room(&self, bytes: u64) -> Result<bool, StorageError> {
        self.count(RECOUNT_MS).await?;
        if !self.fits(bytes) {
            let pause = self.usage().took_ms.saturating_mul(COUNTING_PART);
            self.count(pause.max(RECOUNT_FULL_MS)).await?;
        }
        let fits = self.fits(bytes);
        self.tell(bytes, fits);
        Ok(fits)
    }

    /// Counts the folder where the last count is older.
    async fn count(&self, age_ms: i64) -> Result<(), StorageError> {
        if self.0.limit.is_none() || self.is_counted(age_ms) {
            return Ok(());
        }
        let _counting = self.0.counting.lock().await;
        if self.is_counted(age_ms) {
            return Ok(());
        }
        self.usage().settled = 0;
        let began_ms = self.0.clock.now_ms();
        let root = self.0.root.clone();
        let stored = blocking(move || size_of(&root)).await.doing("counted")?;
        let now_ms = self.0.clock.now_ms();
        let mut usage = self.usage();
        // What came meanwhile may be in the count or not: rather too much than too little.
        usage.stored = stored + usage.settled;
        usage.counted_at = Some(now_ms);
        usage.took_ms = now_ms - began_ms;
        Ok(())
    }

    fn is_counted(&self, age_ms: i64) -> bool {
        let now_ms = self.0.clock.now_ms();
        let counted_at = self.usage().counted_at;
        counted_at.is_some_and(|counted| now_ms - counted < age_ms)
    }

    fn fits(&self, bytes: u64) -> bool {
        self.0.fits(&self.usage(), bytes)
    }

    /// Says once that files are refused, and once that they are taken again.
    fn tell(&self, bytes: u64, fits: bool) {
        let mut usage = self.usage();
        match usage.refused {
            Some(refused) if fits && bytes >= refused => {
                usage.refused = None;
                tracing::info!("there is room for files again");
            }
            None if !fits => {
                usage.refused = Some(bytes);
                tracing::warn!(
                    "storage.quota_mb is reached: files are refused until some are deleted or the \
                     limit is raised; conversations go on"
                );
            }
            _ => {}
        }
    }

    /// Room for a file that begins to arrive; one that does not count always has it.
    pub(super) fn reserve(&self, counts: bool) -> Reservation {
        Reservation {
            quota: self.clone(),
            counts,
            bytes: 0,
        }
    }

    /// A file was deleted.
    pub(super) fn freed(&self, bytes: u64) {
        let mut usage = self.usage();
        usage.stored = usage.stored.saturating_sub(bytes);
    }
}

impl Inner {
    fn fits(&self, usage: &Usage, bytes: u64) -> bool {
        let taken = usage.stored.saturating_add(usage.arriving);
        self.limit
            .is_none_or(|limit| taken.saturating_add(bytes) <= limit)
    }
}

/// Room for one file; given back when it is dropped.
pub(super) struct Reservation {
    quota: Quota,
    counts: bool,
    bytes: u64,
}

impl Reservation {
    /// Takes more room.
    pub(super) fn grow(&mut self, bytes: u64) -> Result<(), StorageError> {
        if !self.counts {
            return Ok(());
        }
        let mut usage = self.quota.usage();
        if !self.quota.0.fits(&usage, bytes) {
            return Err(StorageError::Full);
        }
        usage.arriving += bytes;
        self.bytes += bytes;
        Ok(())
    }

    /// The file is in its place; an older one of `replaced` bytes is not any more.
    pub(super) fn settle(self, replaced: u64) {
        if !self.counts {
            return;
        }
        let mut usage = self.quota.usage();
        usage.stored = (usage.stored + self.bytes).saturating_sub(replaced);
        usage.settled += self.bytes;
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
    super::walk::files(root, root, &mut |path, size| {
        if !FileKey::parse(&path).is_some_and(|key| key.is_component()) {
            bytes += size;
        }
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
        assert!(quota.has_room(400_000).await.unwrap());
        let mut one = quota.reserve(true);
        one.grow(400_000).unwrap();
        assert!(matches!(one.grow(100_000), Err(StorageError::Full)));
        assert!(!quota.fits(100_000));
        drop(one);
        assert!(quota.fits(400_000));

        let mut two = quota.reserve(true);
        two.grow(400_000).unwrap();
        two.settle(600_000);
        assert!(quota.fits(600_000) && !quota.fits(700_000));
        quota.freed(400_000);
        assert!(quota.fits(1 << 20));
        // What another process wrote shows with the next count.
        clock.advance(RECOUNT_MS);
        assert!(!quota.has_room(600_000).await.unwrap());
    }

    #[tokio::test]
    async fn room_that_somebody_else_made_is_found_soon() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old");
        std::fs::write(&old, vec![0; 600_000]).unwrap();
        let clock = Clock::manual(0);
        let quota = Quota::new(folder.path(), 1, &clock);
        assert!(!quota.has_room(600_000).await.unwrap());
        std::fs::remove_file(old).unwrap();
        assert!(!quota.has_room(600_000).await.unwrap(), "counted just now");
        clock.advance(RECOUNT_FULL_MS);
        assert!(quota.has_room(600_000).await.unwrap());
    }
}
