//! The bus over Redis: what is published here goes out, what others publish comes in.
//!
//! A process subscribes in Redis only to topics that somebody listens to. Whoever listens is told
//! that it may have missed something whenever a subscription was not there all along: when it is
//! made, when the connection came back, and when another process could not send.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{ErrorKind, Msg, RedisError, RedisResult};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::local::Local;
use super::{Event, Topic};
use crate::redis::Redis;

/// Messages that wait to go out; more are dropped, and the others told.
const QUEUE: usize = 4_096;
/// Messages or subscriptions that share a round trip.
const SHARED: usize = 256;
/// How long after a lost connection the next is tried.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a silent connection is asked whether it is there.
const PING: Duration = Duration::from_secs(5);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Characters of a process's name, which every message begins with.
const NAME: usize = 24;

/// The way out.
#[derive(Debug)]
pub(super) struct Relay {
    outgoing: mpsc::Sender<(String, Bytes)>,
    /// Something could not be sent: the others have to be told.
    is_lost: AtomicBool,
}

/// The ends of the queues that the tasks hold.
pub(super) struct Queues {
    outgoing: mpsc::Receiver<(String, Bytes)>,
    changes: mpsc::UnboundedReceiver<String>,
}

impl Relay {
    pub(super) fn new() -> (Self, mpsc::UnboundedSender<String>, Queues) {
        let (sender, outgoing) = mpsc::channel(QUEUE);
        // Bounded by what may subscribe, and emptied while Redis is away too.
        let (changed, changes) = mpsc::unbounded_channel();
        let relay = Self {
            outgoing: sender,
            is_lost: AtomicBool::new(false),
        };
        (relay, changed, Queues { outgoing, changes })
    }

    pub(super) fn send(&self, name: String, payload: Bytes) {
        if self.outgoing.try_send((name, payload)).is_err() {
            self.is_lost.store(true, Ordering::Relaxed);
        }
    }
}

/// Starts the two tasks.
pub(super) fn run(
    redis: &Redis,
    local: &Arc<Local>,
    relay: &Arc<Relay>,
    queues: Queues,
) -> [JoinHandle<()>; 2] {
    let Queues { outgoing, changes } = queues;
    let sending = send_all(redis.clone(), Arc::clone(relay), outgoing);
    let listener = Listener {
        channels: redis.key("bus:"),
        redis: redis.clone(),
        local: Arc::clone(local),
        changes,
    };
    [tokio::spawn(sending), tokio::spawn(listener.listen())]
}

/// The topic on which processes say that messages were lost: the empty name is no topic's.
const LOST: &str = "";

/// Tells all processes something from one that has no bus, once Redis answers.
pub async fn announce(redis: &Redis, topic: &Topic) {
    redis.until_up().await;
    let mut publish = redis::cmd("PUBLISH");
    publish.arg(redis.key(&format!("bus:{}", topic.name())));
    publish.arg(redis.process());
    // Whoever listens looks by itself too.
    let _: Option<i64> = redis.command(&publish).await;
}

async fn send_all(redis: Redis, relay: Arc<Relay>, mut queue: mpsc::Receiver<(String, Bytes)>) {
    let mut waiting = Vec::with_capacity(SHARED);
    loop {
        tokio::select! {
            received = queue.recv_many(&mut waiting, SHARED) => {
                if received == 0 {
                    return;
                }
            }
            () = redis.until_up(), if relay.is_lost.load(Ordering::Relaxed) => {}
        }
        let mut pipeline = redis::pipe();
        if relay.is_lost.swap(false, Ordering::Relaxed) {
            waiting.insert(0, (LOST.to_owned(), Bytes::new()));
        }
        for (name, payload) in waiting.drain(..) {
            let message = [redis.process().as_bytes(), &payload[..]].concat();
            pipeline
                .publish(redis.key(&format!("bus:{name}")), message)
                .ignore();
        }
        if redis.pipeline::<()>(&pipeline).await.is_none() {
            relay.is_lost.store(true, Ordering::Relaxed);
        }
    }
}

/// The way in.
struct Listener {
    redis: Redis,
    /// What the channels' names begin with.
    channels: String,
    local: Arc<Local>,
    changes: mpsc::UnboundedReceiver<String>,
}

impl Listener {
    async fn listen(mut self) {
        loop {
            // Whether Redis is there is found out, and told, by one task for all.
            self.redis.until_up().await;
            if let Err(error) = self.connection().await {
                self.redis.suspect(&error.to_string());
            } else {
                return;
            }
            let pause = tokio::time::sleep(PAUSE);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    changed = self.changes.recv() => if changed.is_none() { return },
                }
            }
        }
    }

    /// Serves one connection until it breaks, or until the bus is gone.
    async fn connection(&mut self) -> RedisResult<()> {
        let connecting = self.redis.client().get_async_pubsub();
        let (mut sink, mut stream) = in_time(connecting).await?.split();
        // The names below are those after every change so far.
        while self.changes.try_recv().is_ok() {}
        let mut held: HashSet<String> = self.local.names().into_iter().collect();
        let all = held.iter().map(String::as_str).chain([LOST]);
        self.subscribe(&mut sink, all.collect()).await?;
        self.local.lagged();
        self.serve(&mut sink, &mut stream, &mut held).await
    }

    async fn serve(
        &mut self,
        sink: &mut PubSubSink,
        stream: &mut PubSubStream,
        held: &mut HashSet<String>,
    ) -> RedisResult<()> {
        let mut pings = interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changed = Vec::new();
        loop {
            tokio::select! {
                received = self.changes.recv_many(&mut changed, SHARED) => {
                    if received == 0 {
                        return Ok(());
                    }
                    self.follow(sink, held, changed.drain(..).collect()).await?;
                }
                message = stream.next() => self.take(&message.ok_or_else(broken_off)?),
                _ = pings.tick() => in_time(sink.ping::<redis::Value>()).await.map(drop)?,
            }
        }
    }

    /// Subscribes to what is listened to now and leaves what is not.
    async fn follow(
        &self,
        sink: &mut PubSubSink,
        held: &mut HashSet<String>,
        changed: HashSet<String>,
    ) -> RedisResult<()> {
        let (opened, closed): (Vec<_>, Vec<_>) = changed
            .into_iter()
            .partition(|name| self.local.is_open(name));
        let closed: Vec<_> = closed
            .into_iter()
            .filter(|name| held.remove(name))
            .collect();
        if !closed.is_empty() {
            in_time(sink.unsubscribe(self.names(&closed))).await?;
        }
        let opened: Vec<_> = opened
            .into_iter()
            .filter(|name| held.insert(name.clone()))
            .collect();
        if !opened.is_empty() {
            self.subscribe(sink, opened.iter().map(String::as_str).collect())
                .await?;
            for name in &opened {
                self.local.deliver(name, &Event::Lagged);
            }
        }
        Ok(())
    }

    async fn subscribe(&self, sink: &mut PubSubSink, names: Vec<&str>) -> RedisResult<()> {
        for names in names.chunks(SHARED) {
            in_time(sink.subscribe(self.names(names))).await?;
        }
        Ok(())
    }

    fn names(&self, names: &[impl AsRef<str>]) -> Vec<String> {
        let name = |name: &_| format!("{}{}", self.channels, AsRef::<str>::as_ref(name));
        names.iter().map(name).collect()
    }

    fn take(&self, message: &Msg) {
        let name = message.get_channel_name().strip_prefix(&self.channels);
        let (Some(name), Some((process, payload))) =
            (name, message.get_payload_bytes().split_at_checked(NAME))
        else {
            return;
        };
        if process == self.redis.process().as_bytes() {
            return;
        }
        if name == LOST {
            self.local.lagged();
        } else {
            let payload = Bytes::copy_from_slice(payload);
            self.local.deliver(name, &Event::Message(payload));
        }
    }
}

async fn in_time<T>(asked: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| {
        let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Err(late.into())
    })
}

fn broken_off() -> RedisError {
    (ErrorKind::Io, "the connection broke off").into()
}
