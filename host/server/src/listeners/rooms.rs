//! Wakes the pages of a room. There is an entry only while a page listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Pages that listen at one time.
const SEATS: usize = 20_000;

/// Wakes pages when there is something for them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Rooms {
    open: Arc<Mutex<HashMap<String, watch::Sender<()>>>>,
    seats: Arc<Semaphore>,
}

/// A page's place in a room.
#[derive(Debug)]
pub(super) struct Seat {
    rooms: Rooms,
    room: String,
    news: watch::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            open: Arc::default(),
            seats: Arc::new(Semaphore::new(SEATS)),
        }
    }
}

impl Rooms {
    /// Takes a seat; none where all are taken.
    pub(super) fn enter(&self, room: &str) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let mut open = self.lock();
        let news = match open.get(room) {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, news) = watch::channel(());
                open.insert(room.to_owned(), sender);
                news
            }
        };
        Some(Seat {
            rooms: self.clone(),
            room: room.to_owned(),
            news,
            _permit: permit,
        })
    }

    /// Wakes whoever sits in a room.
    pub(super) fn wake(&self, room: &str) {
        if let Some(sender) = self.lock().get(room) {
            sender.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The room.
    pub(super) fn room(&self) -> &str {
        &self.room
    }

    /// Waits for news since the last time.
    pub(super) async fn news(&mut self) {
        if self.news.changed().await.is_err() {
            // The room is held open by this seat: it cannot close before.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.rooms.lock();
        // This seat still counts.
        let is_last = |sender: &watch::Sender<()>| sender.receiver_count() <= 1;
        if open.get(&self.room).is_some_and(is_last) {
            open.remove(&self.room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rooms;

    #[tokio::test]
    async fn a_room_is_open_while_someone_sits_in_it() {
        let rooms = Rooms::default();
        let mut one = rooms.enter("r").unwrap();
        let two = rooms.enter("r").unwrap();
        rooms.wake("r");
        rooms.wake("elsewhere");
        one.news().await;
        drop(two);
        assert_eq!(rooms.lock().len(), 1);
        drop(one);
        assert_eq!(rooms.lock().len(), 0);
    }
}
