//! Random conversations, held again from their journal: every turn must be equal, byte for byte.

mod bots;
mod chance;
#[path = "../oracle/fixtures.rs"]
mod fixtures;
mod live;
mod visitor;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bots::Bots;
use live::{Tally, hold};

const CONVERSATIONS: u64 = 10_000;

/// Holds and replays one conversation for each seed; a failing seed is named.
#[test]
fn ten_thousand_random_conversations_replay_exactly() {
    let bots = Bots::load();
    let next = AtomicU64::new(0);
    let tally = Mutex::new(Tally::default());
    let failures = Mutex::new(BTreeMap::new());
    let work = || {
        let mut own = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= CONVERSATIONS {
                break;
            }
            if let Err(difference) = hold(&bots, seed, &mut own) {
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.insert(seed, difference);
            }
        }
        tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(&own);
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let first: Vec<_> = failures.iter().take(5).collect();
    assert!(failures.is_empty(), "{} differ: {first:#?}", failures.len());
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.check();
}
