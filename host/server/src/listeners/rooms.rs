//! The places of pages that listen. What wakes them comes over the bus, also from other processes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::bus::{Bus, Subscription, Topic};

/// Pages that listen at one time.
const SEATS: usize = 20_000;

/// Wakes pages when there is something for them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Rooms {
    bus: Bus,
    seats: Arc<Semaphore>,
}

/// A page's place in a room.
#[derive(Debug)]
pub(super) struct Seat {
    room: String,
    news: Subscription,
    _permit: OwnedSemaphorePermit,
}

impl Rooms {
    /// Rooms whose pages are told over a bus.
    pub fn new(bus: Bus) -> Self {
        let seats = Arc::new(Semaphore::new(SEATS));
        Self { bus, seats }
    }

    /// Takes a seat; none where all are taken.
    pub(super) fn enter(&self, room: &str) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        Some(Seat {
            room: room.to_owned(),
            news: self.bus.subscribe(&Topic::Room(room.to_owned())),
            _permit: permit,
        })
    }

    /// Wakes whoever sits in a room.
    pub(super) fn wake(&self, room: &str) {
        self.bus.publish(&Topic::Room(room.to_owned()), "");
    }
}

impl Seat {
    /// The room.
    pub(super) fn room(&self) -> &str {
        &self.room
    }

    /// Waits for news since the last time. There may turn out to be none: the page's messages are
    /// read from the database either way.
    pub(super) async fn news(&mut self) {
        self.news.next().await;
    }
}
