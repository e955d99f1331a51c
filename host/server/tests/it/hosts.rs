//! Several hosts over one database and one Redis: a visitor may reach any of them at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::routing::get;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use talkloom_server::bus::{Event, Topic};
use talkloom_server::config::RedisConfig;
use talkloom_store::{Repositories, SessionId};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_tungstenite::{client_async, tungstenite};

use crate::app::{Answer, TestApp, posting, reply_path, workspace};
use crate::bots::{bot, text, text_input};
use crate::bus::config;
use crate::listeners::{Page, listener, serve, waiting_bot};
use crate::model::PATIENCE;
use crate::process::{Server, import, run};

/// A service that a bot's block calls: it counts, and answers when the test lets it.
struct Service {
    url: String,
    address: String,
    calls: Arc<Calls>,
}

struct Calls {
    count: AtomicUsize,
    called: Notify,
    may_answer: Semaphore,
}

impl Service {
    async fn start() -> Self {
        let calls = Arc::new(Calls {
            count: AtomicUsize::new(0),
            called: Notify::new(),
            may_answer: Semaphore::new(0),
        });
        let answer = async |State(calls): State<Arc<Calls>>| {
            let count = 1 + calls.count.fetch_add(1, Ordering::SeqCst);
            calls.called.notify_one();
            let permit = calls.may_answer.acquire().await;
            permit.expect("it is never closed").forget();
            axum::Json(json!({ "count": count }))
        };
        let routes = Router::new()
            .route("/", get(answer))
            .with_state(Arc::clone(&calls));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let url = format!("http://{address}/");
        Self {
            url,
            address,
            calls,
        }
    }

    async fn called(&self) {
        let called = tokio::time::timeout(PATIENCE, self.calls.called.notified()).await;
        called.expect("it is called in time");
    }

    fn answer(&self, times: usize) {
        self.calls.may_answer.add_permits(times);
    }

    fn count(&self) -> usize {
        self.calls.count.load(Ordering::SeqCst)
    }

    /// Asks for a name, orders, and asks on.
    fn shop(&self) -> Value {
        let saved = json!([{"id": "m", "variableId": "v_city", "bodyPath": "data.count"}]);
        let options = json!({
            "webhook": {"url": self.url, "method": "GET"},
            "responseVariableMapping": saved,
        });
        bot(&[
            text_input("b_name", "v_name"),
            text_input("b_sure", "v_name"),
            json!({"id": "b_order", "type": "Webhook", "options": options}),
            text("b_ordered", "{{Name}} has order {{City}}."),
            text_input("b_next", "v_name"),
            text_input("b_last", "v_name"),
        ])
    }
}

/// Two hosts that know of each other.
struct Hosts {
    one: TestApp,
    two: TestApp,
    service: Service,
    session: String,
}

impl Hosts {
    async fn new(redis: RedisConfig) -> Self {
        let service = Service::start().await;
        let change = |config: &mut talkloom_server::Config| {
            config.redis = redis.clone();
            config.egress.allow = vec![service.address.clone()];
        };
        let one = TestApp::with(change).await;
        let two = one.beside_with(change).await;
        for host in [&one, &two] {
            until_up(host).await;
        }
        one.publish("shop", &service.shop()).await;
        let started = one.start("shop", json!({})).await;
        let session = started.text("/sessionId").to_owned();
        Self {
            one,
            two,
            service,
            session,
        }
    }

    async fn stored_turn(&self) -> i64 {
        let sessions = self.one.app.store.reader().sessions();
        let id = SessionId(self.session.clone());
        let session = sessions.find(&workspace(), &id).await.unwrap();
        session.expect("it goes on").turn
    }
}

async fn until_up(host: &TestApp) {
    let redis = host.app.redis.as_ref().expect("it has a Redis");
    let up = tokio::time::timeout(PATIENCE, redis.until_up()).await;
    up.expect("Redis answers in time");
}

async fn keyed(host: &TestApp, session: &str, key: &str, said: &str) -> Answer {
    let body = json!({"message": {"type": "text", "text": said}});
    let mut request = posting(&reply_path(session), body.to_string());
    let key = key.parse().expect("the key can stand in a header");
    request.headers_mut().insert("idempotency-key", key);
    host.send(request).await
}

/// What Redis has of a conversation, once the turn is there.
async fn record(config: &RedisConfig, session: &str, turn: i64) -> (redis::Client, String) {
    let client = redis::Client::open(config.url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let key = format!("{}:session:{session}", config.prefix);
    let look = async {
        loop {
            let mut look = redis::cmd("HGET");
            let found: Option<i64> = look
                .arg(&key)
                .arg("turn")
                .query_async(&mut connection)
                .await
                .unwrap();
            if found == Some(turn) {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, look).await;
    found.unwrap_or_else(|_| panic!("Redis has no record of turn {turn}"));
    (client, key)
}

#[tokio::test]
async fn a_reply_doubled_to_another_host_calls_once_and_is_answered_alike() {
    let server = services::Redis::shared().unwrap();
    let hosts = Hosts::new(config(&server)).await;
    hosts.one.say(&hosts.session, "Ada").await;
    let first = keyed(&hosts.one, &hosts.session, "k", "Ada");
    let again = async {
        hosts.service.called().await;
        // The block is being called: the same reply comes to the other host.
        let again = keyed(&hosts.two, &hosts.session, "k", "Ada");
        let (again, ()) = join(again, async { hosts.service.answer(2) }).await;
        again
    };
    let (first, again) = join(first, again).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.text("/input/id"), "b_next");
    assert_eq!(again.seen(), first.seen());
    assert_eq!(hosts.service.count(), 1);
}

#[tokio::test]
async fn replies_to_two_hosts_at_once_are_taken_one_after_the_other() {
    let server = services::Redis::shared().unwrap();
    let hosts = Hosts::new(config(&server)).await;
    hosts.one.say(&hosts.session, "Ada").await;
    hosts.service.answer(9);
    let replies = [&hosts.one, &hosts.two].map(|host| host.say(&hosts.session, "Bob"));
    let replies = join_all(replies).await;
    let mut asked: Vec<_> = replies
        .iter()
        .map(|reply| reply.text("/input/id"))
        .collect();
    asked.sort_unstable();
    assert_eq!(asked, ["b_last", "b_next"]);
    assert_eq!(hosts.service.count(), 1, "the block is called in one turn");
    assert_eq!(hosts.stored_turn().await, 4);
}

#[tokio::test]
async fn a_host_notices_before_it_calls_that_the_conversation_went_on_elsewhere() {
    let server = services::Redis::shared().unwrap();
    let config = config(&server);
    let hosts = Hosts::new(config.clone()).await;
    hosts.service.answer(9);
    // The first host remembers that a name is asked for, the second takes two turns.
    hosts.one.say(&hosts.session, "Ada").await;
    let told = hosts.two.say(&hosts.session, "Grace").await;
    assert_eq!(told.text("/input/id"), "b_next", "{}", told.body);
    record(&config, &hosts.session, 3).await;
    let next = hosts.one.say(&hosts.session, "more").await;
    assert_eq!(next.text("/input/id"), "b_last", "{}", next.body);
    assert_eq!(hosts.service.count(), 1);
}

#[tokio::test]
async fn another_host_goes_on_with_what_redis_holds() {
    let server = services::Redis::shared().unwrap();
    let config = config(&server);
    let hosts = Hosts::new(config.clone()).await;
    hosts.service.answer(9);
    hosts.one.say(&hosts.session, "Ada").await;
    let (client, key) = record(&config, &hosts.session, 2).await;
    // The host that answered has the state in memory, the other one finds it there: nothing but a
    // changed copy can show it.
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut read = redis::cmd("HGET");
    let state: String = read
        .arg(&key)
        .arg("state")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!(state.contains("\"Ada\""), "{state}");
    let mut write = redis::cmd("HSET");
    write
        .arg(&key)
        .arg("state")
        .arg(state.replace("b_sure", "b_next"));
    write.exec_async(&mut connection).await.unwrap();
    let told = hosts.two.say(&hosts.session, "Grace").await;
    assert_eq!(told.text("/input/id"), "b_last", "{}", told.body);
}

/// How long a message may take to a page at another host.
const QUICK: Duration = Duration::from_millis(100);

/// The quickest of several: the machine may be busy with other things.
fn is_quick(times: &mut [Duration]) {
    times.sort_unstable();
    assert!(times[0] < QUICK, "{times:?}");
}

#[tokio::test]
async fn a_page_at_another_host_gets_messages_at_once() {
    let server = services::Redis::shared().unwrap();
    let redis = config(&server);
    let one = TestApp::with(|config| config.redis = redis.clone()).await;
    let two = one.beside_with(|config| config.redis = redis.clone()).await;
    for host in [&one, &two] {
        until_up(host).await;
    }
    let places: Vec<_> = (0..5).map(|place| format!("b_{place}")).collect();
    let mut blocks: Vec<_> = places.iter().map(|id| listener(id)).collect();
    blocks.push(text_input("b_end", "v_name"));
    let bot = one.publish("waiting", &bot(&blocks)).await;
    let started = one.start("waiting", json!({})).await;
    let (session, result) = (started.text("/sessionId"), started.text("/resultId"));
    let room = format!("/parties/main/{result}/webhooks");
    let mut page = Page::open(serve(&two).await, &room).await;
    let (token, mut times) = (one.token().await, Vec::new());
    for block in &places {
        let path = format!("/api/v1/typebots/{bot}/blocks/{block}/results/{result}/executeWebhook");
        let told = one.post_with(&token, &path, &json!({"city": block})).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let since = Instant::now();
        let message = page.text().await;
        times.push(since.elapsed());
        assert_eq!(message, format!(r#"{{"data":{{"city":"{block}"}}}}"#));
        assert_eq!(two.say(session, &message).await.status, 200);
    }
    is_quick(&mut times);
}

#[tokio::test]
async fn one_process_answers_and_another_holds_the_connections() {
    let server = services::Redis::shared().unwrap();
    let redis = config(&server);
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("waiting.json");
    std::fs::write(&file, waiting_bot().to_string()).unwrap();
    let imported = import(data.path(), &file, &["--publish", "--public-id", "waiting"]);
    let bot = imported["id"].as_str().expect("it has an id");
    let token = run(data.path(), &["token", "create", "Test"]);
    let token = String::from_utf8(token.stdout).unwrap();
    let start = |roles| {
        let variables = [
            ("TALKLOOM_REDIS__URL", &*redis.url),
            ("TALKLOOM_REDIS__PREFIX", &*redis.prefix),
            ("TALKLOOM_ROLES", roles),
        ];
        Server::start_with(data.path(), &variables)
    };
    let (api, realtime) = (start(r#"["api","worker"]"#), start(r#"["realtime"]"#));

    let started = api.start_chat("waiting").await;
    let (session, result) = (started.text("/sessionId"), started.text("/resultId"));
    let room = format!("/parties/main/{result}/webhooks");
    let mut page = Page::open(realtime.address(), &room).await;
    let tell = async |block: &str, city: &str| {
        let path = format!("/api/v1/typebots/{bot}/blocks/{block}/results/{result}/executeWebhook");
        let url = format!("{}{path}", api.url());
        let mut request = posting(&url, json!({"city": city}).to_string());
        let shown = format!("Bearer {}", token.trim()).parse().unwrap();
        request.headers_mut().insert("authorization", shown);
        let told = api.send(request).await;
        assert_eq!(told.status, 200, "{}", told.body);
    };
    let mut times = Vec::new();
    for (block, city) in [("b_first", "Lisbon"), ("b_second", "Porto")] {
        tell(block, city).await;
        let since = Instant::now();
        let message = page.text().await;
        times.push(since.elapsed());
        assert_eq!(message, format!(r#"{{"data":{{"city":"{city}"}}}}"#));
        let replied = api.say(session, &message).await;
        assert_eq!(replied.status, 200, "{}", replied.body);
    }
    is_quick(&mut times);

    let refused = realtime.start_chat("waiting").await;
    assert_eq!(
        (refused.status, refused.text("/code")),
        (421, "MISDIRECTED_REQUEST")
    );
    for server in [&api, &realtime] {
        let healthy = Request::get(format!("{}/healthz", server.url()));
        let healthy = server.send(healthy.body(Body::empty()).unwrap()).await;
        assert_eq!(healthy.status, 200);
    }
    let stream = TcpStream::connect(api.address()).await.unwrap();
    let refused = client_async(format!("ws://{}{room}", api.address()), stream).await;
    match refused {
        Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), 421),
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_changed_is_told_to_whoever_watches_at_any_host() {
    let server = services::Redis::shared().unwrap();
    let redis = config(&server);
    let one = TestApp::with(|config| config.redis = redis.clone()).await;
    let two = one.beside_with(|config| config.redis = redis.clone()).await;
    for host in [&one, &two] {
        until_up(host).await;
    }
    let asking = bot(&[text_input("b_name", "v_name")]);
    let bot = one.publish("asking", &asking).await;
    let mut watching = two.app.bus.subscribe(&Topic::Results(bot));
    // From here on Redis knows of the subscription.
    assert_eq!(watching.next().await, Event::Lagged);
    let started = one.start("asking", json!({})).await;
    one.say(started.text("/sessionId"), "Ada").await;
    for is_completed in [false, true] {
        let told = tokio::time::timeout(PATIENCE, async {
            loop {
                // On a busy machine a word of missed messages may stand between.
                if let Event::Message(told) = watching.next().await {
                    break told;
                }
            }
        });
        let told = told.await.expect("it is told");
        let told: Value = serde_json::from_slice(&told).unwrap();
        let result = started.text("/resultId");
        assert_eq!(
            told,
            json!({"resultId": result, "isCompleted": is_completed})
        );
    }
}

#[tokio::test]
async fn a_record_of_a_time_before_redis_was_away_is_not_believed() {
    let server = services::Redis::start().unwrap();
    let config = config(&server);
    let hosts = Hosts::new(config.clone()).await;
    hosts.service.answer(9);
    hosts.one.say(&hosts.session, "Ada").await;
    let (client, key) = record(&config, &hosts.session, 2).await;
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    // The hosts lose Redis; it keeps the record of the second turn.
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL")
        .arg("TYPE")
        .arg("normal")
        .arg("SKIPME")
        .arg("yes");
    kill.exec_async(&mut connection).await.unwrap();
    let without = hosts.one.say(&hosts.session, "Ada").await;
    assert_eq!(without.text("/input/id"), "b_next", "{}", without.body);
    let kept: i64 = redis::cmd("EXISTS")
        .arg(&key)
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, 1, "the third turn was taken without Redis");
    until_up(&hosts.one).await;
    let next = hosts.two.say(&hosts.session, "more").await;
    assert_eq!(next.text("/input/id"), "b_last", "{}", next.body);
    assert_eq!(hosts.service.count(), 1);
}

#[tokio::test]
async fn redis_may_be_wiped_stopped_and_started_at_any_time() {
    let mut server = services::Redis::start().unwrap();
    let config = config(&server);
    let hosts = Hosts::new(config.clone()).await;
    hosts.service.answer(9);
    let ask = async |host: &TestApp, asked: &str| {
        let told = host.say(&hosts.session, "Ada").await;
        assert_eq!(told.text("/input/id"), asked, "{}", told.body);
    };
    ask(&hosts.one, "b_sure").await;
    let client = redis::Client::open(config.url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHALL")
        .exec_async(&mut connection)
        .await
        .unwrap();
    ask(&hosts.two, "b_next").await;
    server.stop().unwrap();
    ask(&hosts.one, "b_last").await;
    server.resume().unwrap();
    for host in [&hosts.one, &hosts.two] {
        until_up(host).await;
    }
    let ended = hosts.two.say(&hosts.session, "Ada").await;
    assert_eq!((ended.status, ended.body.get("input")), (200, None));
    let gone = hosts.one.say(&hosts.session, "Ada").await;
    assert_eq!(
        gone.status, 404,
        "what one host remembers is no longer true"
    );
    assert_eq!(hosts.service.count(), 1);
}
