//! The subscribers of this process. There is an entry only while someone listens.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, mpsc};

use super::{Event, Topic};

/// Who listens to what.
#[derive(Debug, Default)]
pub(super) struct Local {
    open: Mutex<HashMap<String, broadcast::Sender<Event>>>,
    /// Names of topics that got their first subscriber or lost their last.
    changed: Option<mpsc::UnboundedSender<String>>,
}

/// A place among a topic's subscribers.
#[derive(Debug)]
pub struct Subscription {
    local: Arc<Local>,
    name: String,
    events: broadcast::Receiver<Event>,
}

impl Local {
    /// Tells of topics that open and close.
    pub(super) fn told(changed: mpsc::UnboundedSender<String>) -> Self {
        Self {
            open: Mutex::default(),
            changed: Some(changed),
        }
    }

    pub(super) fn subscribe(local: &Arc<Self>, topic: &Topic) -> Subscription {
        let name = topic.name();
        let events = match local.lock().entry(name.clone()) {
            Entry::Occupied(open) => open.get().subscribe(),
            Entry::Vacant(place) => {
                let (sender, events) = broadcast::channel(topic.queue());
                place.insert(sender);
                local.tell(&name);
                events
            }
        };
        Subscription {
            local: Arc::clone(local),
            name,
            events,
        }
    }

    pub(super) fn deliver(&self, name: &str, event: &Event) {
        if let Some(sender) = self.lock().get(name) {
            // A topic is closed by its last subscriber: someone is there.
            let _ = sender.send(event.clone());
        }
    }

    /// Tells every subscriber that something may have been missed.
    pub(super) fn lagged(&self) {
        for sender in self.lock().values() {
            let _ = sender.send(Event::Lagged);
        }
    }

    pub(super) fn is_open(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    fn tell(&self, name: &str) {
        if let Some(changed) = &self.changed {
            // Nobody asks any more while the server ends.
            let _ = changed.send(name.to_owned());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<Event>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Waits for the next event.
    pub async fn next(&mut self) -> Event {
        match self.events.recv().await {
            Ok(event) => event,
            Err(broadcast::error::RecvError::Lagged(_)) => Event::Lagged,
            // The topic is held open by this subscription: it cannot close before.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut open = self.local.lock();
        // This one still counts.
        let is_last = |sender: &broadcast::Sender<Event>| sender.receiver_count() <= 1;
        if open.get(&self.name).is_some_and(is_last) {
            open.remove(&self.name);
            self.local.tell(&self.name);
        }
    }
}
