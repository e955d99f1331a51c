//! A server that is asked to stop finishes what it began.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use services::{Postgres, PostgresOptions};
use tokio_tungstenite::tungstenite::Message;

use super::host::{Host, PUBLIC_ID, setting};
use super::slow::Slow;
use crate::app::{Answer, reply_path, start_path};
use crate::bots::{bot, text, text_input};
use crate::listeners::Page;

/// Turns under way when the server is asked to stop.
const UNDER_WAY: usize = 8;
/// How long a server that waits for a second may take to end; a second more than promised, since
/// the machine has other things to do.
const STOPPING: Duration = Duration::from_secs(3);

/// Asks for a name, asks another server, and says what that said.
fn asking(slow: &Slow) -> Value {
    let webhook = json!({"url": format!("http://{}/", slow.address), "method": "GET"});
    let mapping = json!([{"id": "m", "variableId": "v_city", "bodyPath": "data.city"}]);
    let options = json!({"webhook": webhook, "responseVariableMapping": mapping, "timeout": 60});
    bot(&[
        text_input("b_name", "v_name"),
        json!({"id": "b_ask", "type": "Webhook", "options": options}),
        text("b_told", "{{Name}} lives in {{City}}."),
        text_input("b_next", "v_name"),
    ])
}

async fn begin(host: &Host) -> Answer {
    let started = host.server().post(&start_path(PUBLIC_ID), &json!({})).await;
    assert_eq!(started.status, 200, "{}", started.body);
    started
}

async fn stop_amid_turns(settings: Vec<(String, String)>) {
    let mut slow = Slow::start().await;
    let allow = format!("[\"{}\"]", slow.address);
    let settings = [settings, vec![setting("EGRESS__ALLOW", &allow)]].concat();
    let mut host = Host::of(settings, &asking(&slow));
    let began = join_all((0..UNDER_WAY).map(|_| begin(&host))).await;
    let listening = begin(&host).await;
    let room = format!("/parties/main/{}/webhooks", listening.text("/resultId"));
    let mut page = Page::open(host.address(), &room).await;

    let server = host.server();
    let replies = began
        .iter()
        .map(|began| server.say(began.text("/sessionId"), "Ada"));
    let stopping = async {
        slow.holds(UNDER_WAY).await;
        server.signal("TERM");
        let ready = host.until_readyz(503).await;
        assert_eq!(ready["status"], "stopping");
        let refused = server.post(&start_path(PUBLIC_ID), &json!({})).await;
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert_eq!(refused.header("connection"), Some("close"));
        match page.next().await {
            Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1001),
            other => panic!("no farewell: {other:?}"),
        }
        slow.open();
    };
    let (replies, ()) = tokio::join!(join_all(replies), stopping);
    for reply in &replies {
        assert_eq!(
            (reply.status, reply.text("/input/id")),
            (200, "b_next"),
            "{}",
            reply.body
        );
        assert!(
            reply.body.to_string().contains("lives in"),
            "{}",
            reply.body
        );
    }
    let ended = host.take_server();
    let status = tokio::task::block_in_place(|| ended.ended());
    assert!(status.success(), "{status}");

    host.start();
    let session = began[0].text("/sessionId");
    let on = json!({"message": {"type": "text", "text": "on"}});
    let on = host.server().post(&reply_path(session), &on).await;
    assert_eq!(
        (on.status, on.body.get("input")),
        (200, None),
        "{}",
        on.body
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_under_way_get_their_answers_when_the_server_stops() {
    stop_amid_turns(Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_under_way_get_their_answers_when_the_server_stops_on_postgres() {
    let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
    stop_amid_turns(vec![setting("DATABASE__URL", postgres.url())]).await;
}

/// Turns that take longer than a stopping server waits.
async fn stop_too_soon(settings: Vec<(String, String)>) {
    let mut slow = Slow::start().await;
    let allow = format!("[\"{}\"]", slow.address);
    let own = vec![setting("EGRESS__ALLOW", &allow), setting("STOP_S", "1")];
    let mut host = Host::of([settings, own].concat(), &asking(&slow));
    let began = join_all((0..UNDER_WAY).map(|_| begin(&host))).await;
    let sessions: Vec<_> = began.iter().map(|began| began.text("/sessionId")).collect();

    let server = host.server();
    let replies = sessions.iter().map(|session| server.say(session, "Ada"));
    let stopping = async {
        slow.holds(UNDER_WAY).await;
        let asked = Instant::now();
        // One sends again while the first attempt is under way, just before or after.
        let again = server.say(sessions[0], "Ada");
        let (again, ()) = tokio::join!(again, async { server.signal("TERM") });
        (again, asked)
    };
    let (replies, (again, asked)) = tokio::join!(join_all(replies), stopping);
    let told =
        "This server is restarting and did not take your message. Send it again in a moment.";
    for reply in replies.iter().chain([&again]) {
        assert_eq!(
            (reply.status, reply.text("/code")),
            (503, "SERVICE_UNAVAILABLE")
        );
        let restarting = "This server is restarting. Try again in a moment.";
        assert!(
            [told, restarting].contains(&reply.text("/message")),
            "{}",
            reply.body
        );
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    let cut = replies
        .iter()
        .filter(|reply| reply.text("/message") == told);
    assert_eq!(cut.count(), UNDER_WAY, "all of them were under way");
    let ended = host.take_server();
    let status = tokio::task::block_in_place(|| ended.ended());
    assert!(status.success(), "{status}");
    let took = asked.elapsed();
    assert!(took < STOPPING, "it took {took:?} to end");

    // Nothing of those turns was stored: the same words are taken as the first answer.
    slow.open();
    host.start();
    let server = host.server();
    for reply in join_all(sessions.iter().map(|session| server.say(session, "Ada"))).await {
        assert_eq!(
            (reply.status, reply.text("/input/id")),
            (200, "b_next"),
            "{}",
            reply.body
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_that_outlast_a_stopping_server_are_cut_and_told() {
    stop_too_soon(Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_that_outlast_a_stopping_server_are_cut_and_told_on_postgres() {
    let postgres = Postgres::start(PostgresOptions::default()).expect("PostgreSQL");
    stop_too_soon(vec![setting("DATABASE__URL", postgres.url())]).await;
}
