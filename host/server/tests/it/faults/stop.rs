//! A server that is asked to stop finishes what it began.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::host::{Host, PUBLIC_ID, setting};
use super::slow::Slow;
use crate::app::{Answer, reply_path, start_path};
use crate::bots::{bot, text, text_input};
use crate::listeners::Page;

/// Turns under way when the server is asked to stop.
const UNDER_WAY: usize = 8;

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
