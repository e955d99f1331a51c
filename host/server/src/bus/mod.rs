//! The bus: what processes tell each other as it happens, within this process and over Redis.
//!
//! Nothing depends on a message that arrives: whoever subscribes reads the state first, and reads it
//! again when told that something may have been missed. Publishing never waits and never fails.

mod local;
mod relay;
mod topic;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use talkloom_store::ResultId;
use tokio_util::task::AbortOnDropHandle;

use crate::redis::Redis;
use local::Local;
pub use local::Subscription;
use relay::Relay;
pub use topic::Topic;

pub use relay::announce;

/// What a subscriber gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something happened.
    Message(Bytes),
    /// Messages may have been missed: read anew what they are about.
    Lagged,
}

/// A result changed: a turn of its conversation was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultChanged {
    /// The result.
    pub result_id: ResultId,
    /// Its conversation came to an end.
    pub is_completed: bool,
}

/// Carries messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    local: Arc<Local>,
    relay: Option<Arc<Relay>>,
    _tasks: Arc<[AbortOnDropHandle<()>]>,
}

impl Bus {
    /// A bus within this process, and to others over Redis where there is one.
    pub fn new(redis: Option<&Redis>) -> Self {
        let Some(redis) = redis else {
            return Self {
                local: Arc::new(Local::default()),
                relay: None,
                _tasks: Arc::new([]),
            };
        };
        let (relay, changes, outgoing) = Relay::new();
        let local = Arc::new(Local::told(changes));
        let relay = Arc::new(relay);
        let tasks = relay::run(redis, &local, &relay, outgoing);
        Self {
            local,
            relay: Some(relay),
            _tasks: tasks.map(AbortOnDropHandle::new).into(),
        }
    }

    /// Tells whoever listens. Subscribers in this process hear it at once.
    pub fn publish(&self, topic: &Topic, payload: impl Into<Bytes>) {
        if !self.may_be_heard() {
            return;
        }
        let (name, payload) = (topic.name(), payload.into());
        self.local.deliver(&name, &Event::Message(payload.clone()));
        if let Some(relay) = &self.relay {
            relay.send(name, payload);
        }
    }

    /// As [`Bus::publish`], with a payload as JSON.
    pub fn publish_json(&self, topic: &Topic, payload: &impl Serialize) {
        if !self.may_be_heard() {
            return;
        }
        match serde_json::to_vec(payload) {
            Ok(payload) => self.publish(topic, payload),
            Err(error) => tracing::error!(%error, ?topic, "an event could not be written"),
        }
    }

    fn may_be_heard(&self) -> bool {
        self.relay.is_some() || !self.local.is_empty()
    }

    /// Listens. Subscribe first, then read the state: so nothing falls between.
    pub fn subscribe(&self, topic: &Topic) -> Subscription {
        Local::subscribe(&self.local, topic)
    }
}

impl Subscription {
    /// The events as a stream, which ends only when it is dropped.
    pub fn into_stream(self) -> impl Stream<Item = Event> + Send {
        futures_util::stream::unfold(self, async |mut subscription| {
            let event = subscription.next().await;
            Some((event, subscription))
        })
    }
}

#[cfg(test)]
mod tests {
    use talkloom_store::BotId;

    use super::{Bus, Event, Topic};

    fn message(text: &'static str) -> Event {
        Event::Message(text.into())
    }

    #[tokio::test]
    async fn subscribers_of_a_topic_hear_what_is_published() {
        let bus = Bus::new(None);
        let (here, elsewhere) = (
            Topic::Edits(BotId("a".into())),
            Topic::Edits(BotId("b".into())),
        );
        bus.publish(&here, "before anyone listens");
        let mut one = bus.subscribe(&here);
        let mut two = bus.subscribe(&here);
        bus.publish(&elsewhere, "not here");
        bus.publish(&here, "first");
        bus.publish(&here, "second");
        for subscriber in [&mut one, &mut two] {
            assert_eq!(subscriber.next().await, message("first"));
            assert_eq!(subscriber.next().await, message("second"));
        }
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_told_that_it_lagged_and_goes_on() {
        let bus = Bus::new(None);
        let topic = Topic::Presence(BotId("a".into()));
        let mut slow = bus.subscribe(&topic);
        for number in 0..100_u8 {
            bus.publish(&topic, vec![number]);
        }
        assert_eq!(slow.next().await, Event::Lagged);
        assert_eq!(slow.next().await, Event::Message(vec![36].into()));
    }

    #[tokio::test]
    async fn a_topic_is_held_only_while_someone_listens() {
        let bus = Bus::new(None);
        let topic = Topic::Room("r".into());
        let one = bus.subscribe(&topic);
        let two = bus.subscribe(&topic);
        drop(one);
        assert!(!bus.local.is_empty());
        drop(two);
        assert!(bus.local.is_empty());
    }
}
