//! Whose turn it is: calls of one block, of one workspace and of the whole host are counted, and
//! a call that finds no place within a moment is told that the host is busy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Failure;

/// Workspaces that are remembered before idle ones are forgotten.
const REMEMBERED: usize = 1_000;

/// The places for calls.
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    workspaces: Mutex<HashMap<String, Arc<Semaphore>>>,
    per_workspace: usize,
    patience: Duration,
}

/// A place; given back when dropped.
pub(crate) struct Turn {
    _permits: [Option<OwnedSemaphorePermit>; 3],
}

impl Turns {
    pub(crate) fn new(all: usize, per_workspace: usize, patience: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            workspaces: Mutex::default(),
            per_workspace,
            patience,
        }
    }

    /// A place for a call of a block on a workspace's behalf.
    pub(crate) async fn take(
        &self,
        block: &Arc<Semaphore>,
        workspace: &str,
    ) -> Result<Turn, Failure> {
        let workspace = self.workspace(workspace);
        // The narrowest first: whoever waits for its own workspace keeps no place from others.
        self.take_all([Some(&workspace), Some(block), Some(&self.all)])
            .await
    }

    /// A place for a script that a call waits for, which has its own place already.
    pub(crate) async fn take_nested(&self, block: &Arc<Semaphore>) -> Result<Turn, Failure> {
        self.take_all([None, Some(block), None]).await
    }

    async fn take_all(&self, places: [Option<&Arc<Semaphore>>; 3]) -> Result<Turn, Failure> {
        let mut permits = [None, None, None];
        let waiting = async {
            for (place, permit) in places.iter().zip(&mut permits) {
                if let Some(place) = place {
                    *permit = match (*place).clone().try_acquire_owned() {
                        Ok(permit) => Some(permit),
                        Err(_) => (*place).clone().acquire_owned().await.ok(),
                    };
                }
            }
        };
        tokio::time::timeout(self.patience, waiting)
            .await
            .map_err(|_| Failure::Busy)?;
        Ok(Turn { _permits: permits })
    }

    fn workspace(&self, id: &str) -> Arc<Semaphore> {
        let mut workspaces = self
            .workspaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = workspaces.get(id) {
            return known.clone();
        }
        if workspaces.len() >= REMEMBERED {
            workspaces.retain(|_, places| Arc::strong_count(places) > 1);
        }
        let places = Arc::new(Semaphore::new(self.per_workspace));
        workspaces.insert(id.to_owned(), places.clone());
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_beyond_the_places_are_told_after_a_moment() {
        let turns = Turns::new(10, 2, Duration::from_millis(250));
        let block = Arc::new(Semaphore::new(3));
        let first = turns.take(&block, "a").await.ok().unwrap();
        let _second = turns.take(&block, "a").await.ok().unwrap();
        let before = tokio::time::Instant::now();
        assert_eq!(turns.take(&block, "a").await.err(), Some(Failure::Busy));
        assert_eq!(before.elapsed(), Duration::from_millis(250));
        let _other = turns.take(&block, "b").await.ok().unwrap();
        assert_eq!(
            turns.take(&block, "c").await.err(),
            Some(Failure::Busy),
            "the block's places"
        );
        drop(first);
        assert!(turns.take(&block, "a").await.is_ok());
    }
}
