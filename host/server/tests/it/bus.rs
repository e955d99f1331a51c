//! The bus between processes, over a real Redis that comes and goes.

use std::sync::atomic::{AtomicU32, Ordering};

use talkloom_server::bus::{Bus, Event, Subscription, Topic};
use talkloom_server::config::RedisConfig;
use talkloom_server::redis::Redis;
use talkloom_store::BotId;

use crate::model::PATIENCE;

/// Connects to a server, with keys of the test's own.
pub fn config(server: &services::Redis) -> RedisConfig {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    RedisConfig {
        url: server.url().to_owned(),
        prefix: format!("test-{}-{count}", std::process::id()),
    }
}

async fn connect(config: &RedisConfig) -> Redis {
    let redis = Redis::open(config).expect("an address is set");
    in_time("Redis answers", redis.until_up()).await;
    redis
}

async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("it took too long until {what}"))
}

fn edits() -> Topic {
    Topic::Edits(BotId("bot".into()))
}

fn message(text: &'static str) -> Event {
    Event::Message(text.into())
}

/// Subscribes and waits until Redis knows.
async fn listening(bus: &Bus, topic: &Topic) -> Subscription {
    let mut subscription = bus.subscribe(topic);
    assert_eq!(next(&mut subscription).await, Event::Lagged);
    subscription
}

async fn next(subscription: &mut Subscription) -> Event {
    in_time("an event came", subscription.next()).await
}

/// The next message. On a busy machine Redis may seem away for a moment; then a word that something
/// may have been missed stands between messages.
async fn said(subscription: &mut Subscription) -> Event {
    loop {
        match next(subscription).await {
            Event::Lagged => {}
            said => return said,
        }
    }
}

#[tokio::test]
async fn processes_hear_each_other_and_themselves_once() {
    let server = services::Redis::shared().unwrap();
    let config = config(&server);
    let (here, there) = (connect(&config).await, connect(&config).await);
    let (here, there) = (Bus::new(Some(&here)), Bus::new(Some(&there)));
    let mut own = listening(&here, &edits()).await;
    let mut other = listening(&there, &edits()).await;
    here.publish(&Topic::Edits(BotId("another".into())), "elsewhere");
    for text in ["one", "two", "three"] {
        here.publish(&edits(), text);
    }
    there.publish(&edits(), "four");
    for text in ["one", "two", "three"] {
        assert_eq!(said(&mut own).await, message(text));
    }
    assert_eq!(said(&mut own).await, message("four"));
    // Its own word is heard at once, the others' in their order.
    let heard = [
        said(&mut other).await,
        said(&mut other).await,
        said(&mut other).await,
        said(&mut other).await,
    ];
    assert!(heard.contains(&message("four")), "{heard:?}");
    let others: Vec<_> = heard
        .iter()
        .filter(|event| **event != message("four"))
        .collect();
    assert_eq!(
        others,
        [&message("one"), &message("two"), &message("three")]
    );
}

#[tokio::test]
async fn installations_that_share_a_redis_do_not_hear_each_other() {
    let server = services::Redis::shared().unwrap();
    let (one, two) = (config(&server), config(&server));
    let one = Bus::new(Some(&connect(&one).await));
    let beside = connect(&two).await;
    let two = Bus::new(Some(&beside));
    let third = Bus::new(Some(&beside));
    let mut listener = listening(&two, &edits()).await;
    one.publish(&edits(), "of another installation");
    third.publish(&edits(), "of the same process");
    two.publish(&edits(), "its own");
    assert_eq!(said(&mut listener).await, message("its own"));
}

#[tokio::test]
async fn a_redis_that_went_and_came_back_carries_on_and_tells_who_listens() {
    let mut server = services::Redis::start().unwrap();
    let config = config(&server);
    let (first, second) = (connect(&config).await, connect(&config).await);
    let (here, there) = (Bus::new(Some(&first)), Bus::new(Some(&second)));
    let mut own = listening(&here, &edits()).await;
    let mut other = listening(&there, &edits()).await;

    server.stop().unwrap();
    in_time("the loss is noticed", first.until_down()).await;
    in_time("the loss is noticed", second.until_down()).await;
    here.publish(&edits(), "while Redis is away");
    assert_eq!(next(&mut own).await, message("while Redis is away"));

    server.resume().unwrap();
    // What was missed has to be read anew; then messages come again.
    assert_eq!(next(&mut other).await, Event::Lagged);
    assert_eq!(next(&mut own).await, Event::Lagged);
    here.publish(&edits(), "back");
    loop {
        match next(&mut other).await {
            Event::Lagged => {}
            heard => break assert_eq!(heard, message("back")),
        }
    }
}
