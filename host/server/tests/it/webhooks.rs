//! What happens here is told to endpoints elsewhere, and the commands around it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use talkloom_server::webhooks::{Desk, EventKind, NewWebhook};
use talkloom_store::repository::JobFilter;
use talkloom_store::{BotId, EndpointId, Repositories, WorkspaceId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::app::{TestApp, place};
use crate::process::{run, run_with};

/// A bot that asks one question, on a group of its own.
fn document() -> Value {
    json!({
        "version": "6.1", "id": "source", "name": "Asks", "variables": [], "theme": {},
        "settings": {}, "groups": [{
            "id": "g1", "title": "Asks", "graphCoordinates": {"x": 0, "y": 0},
            "blocks": [{"id": "b1", "type": "text input", "options": {}}]
        }],
        "events": [{"id": "e1", "type": "start", "outgoingEdgeId": "edge1",
            "graphCoordinates": {"x": 0, "y": 0}}],
        "edges": [{"id": "edge1", "from": {"eventId": "e1"}, "to": {"groupId": "g1"}}],
    })
}

async fn endpoint(test: &TestApp, events: &[EventKind], bot: Option<&BotId>) -> EndpointId {
    let app = &test.app;
    let desk = Desk {
        store: &app.store,
        vault: &app.vault,
        clock: &app.clock,
        entropy: &app.entropy,
    };
    let new = NewWebhook {
        url: "https://example.com/events".to_owned(),
        events: events.to_vec(),
        bot: bot.cloned(),
        contact: None,
    };
    let workspace = WorkspaceId::default();
    let added = desk.add(&workspace, &new).await.unwrap();
    app.webhooks.changed(&workspace);
    added.id
}

/// What is to be delivered: the endpoint and the event, as `type bot`.
async fn told(test: &TestApp) -> BTreeSet<(String, String)> {
    let filter = JobFilter {
        kind: Some("webhook".to_owned()),
        limit: 1_000,
        ..JobFilter::default()
    };
    let workspace = WorkspaceId::default();
    let reader = test.app.store.reader();
    let jobs = reader.jobs().list(Some(&workspace), &filter).await.unwrap();
    let jobs = jobs.iter().map(|job| {
        let payload: Value = serde_json::from_str(&job.payload).unwrap();
        let body: Value = serde_json::from_str(payload["body"].as_str().unwrap()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let event = format!("{} {}", text(&body["type"]), text(&body["data"]["botId"]));
        (text(&payload["endpoint"]), event)
    });
    jobs.collect()
}

fn expected(rows: &[(&EndpointId, &str, &BotId)]) -> BTreeSet<(String, String)> {
    let rows = rows.iter();
    rows.map(|(endpoint, event, bot)| (endpoint.to_string(), format!("{event} {bot}")))
        .collect()
}

/// Holds a whole conversation.
async fn converse(test: &TestApp, public_id: &str) {
    let began = test.start(public_id, json!({})).await;
    let session = began.body["sessionId"].as_str().expect("it began");
    let answered = test.say(session, "Ada").await;
    assert_eq!(answered.status, 200, "{}", answered.body);
}

#[tokio::test]
async fn a_turn_tells_those_who_want_to_know() {
    let test = TestApp::new().await;
    let bot = test.publish("asks", &document()).await;
    let other = test.publish("asks-too", &document()).await;
    converse(&test, "asks").await;
    assert!(told(&test).await.is_empty(), "nobody wants to know");

    let all = endpoint(&test, &EventKind::ALL, None).await;
    let ends = endpoint(&test, &[EventKind::ResultCompleted], Some(&bot)).await;
    endpoint(&test, &[EventKind::BotPublished], None).await;
    converse(&test, "asks").await;
    let once = [
        (&all, "result.created", &bot),
        (&all, "result.completed", &bot),
        (&ends, "result.completed", &bot),
    ];
    assert_eq!(told(&test).await, expected(&once));

    converse(&test, "asks-too").await;
    let begins = [
        (&all, "result.created", &other),
        (&all, "result.completed", &other),
    ];
    assert_eq!(told(&test).await, expected(&[&once[..], &begins].concat()));
}

#[tokio::test]
async fn who_only_looks_in_is_no_end_and_a_publication_is_told() {
    let test = TestApp::new().await;
    let all = endpoint(&test, &EventKind::ALL, None).await;
    let bot = test.publish("asks", &document()).await;
    let published = (&all, "bot.published", &bot);
    assert_eq!(told(&test).await, expected(&[published]));
    test.start("asks", json!({})).await;
    let began = (&all, "result.created", &bot);
    assert_eq!(told(&test).await, expected(&[published, began]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_add_test_and_remove() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 16 << 10];
        let mut read = 0;
        while !request[..read].ends_with(b"}}") {
            read += connection.read(&mut request[read..]).await.unwrap();
        }
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(answer).await.unwrap();
        request.truncate(read);
        String::from_utf8(request).unwrap()
    });
    let place = place();
    let told = tokio::task::block_in_place(|| {
        let said = |output: std::process::Output| {
            let failed = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{failed}");
            String::from_utf8(output.stdout).unwrap()
        };
        let url = format!("http://{address}/events");
        let added = said(run(
            place.path(),
            &["webhooks", "add", &url, "--events", "bot.published"],
        ));
        let added: Value = serde_json::from_str(&added).unwrap();
        let (id, secret) = (
            added["id"].as_str().unwrap(),
            added["secret"].as_str().unwrap(),
        );
        assert!(secret.starts_with("whsec_"), "{secret}");
        let listed = said(run(place.path(), &["webhooks", "list"]));
        assert!(!listed.contains(&secret[6..]), "{listed}");
        let line: Value = serde_json::from_str(&listed).unwrap();
        assert_eq!(line["events"], json!(["bot.published"]));
        assert_eq!((&line["id"], &line["url"]), (&json!(id), &json!(url)));
        let allowed = [("TALKLOOM_EGRESS__ALLOW", address.as_str())];
        let tested = said(run_with(place.path(), &["webhooks", "test", id], &allowed));
        assert_eq!(tested.trim(), r#"{"status":202}"#);
        said(run(place.path(), &["webhooks", "remove", id]));
        assert_eq!(said(run(place.path(), &["webhooks", "list"])), "");
        let gone = run(place.path(), &["webhooks", "test", id]);
        let why = String::from_utf8_lossy(&gone.stderr).into_owned();
        assert!(why.contains("There is no endpoint"), "{why}");
        let odd = run(place.path(), &["webhooks", "add", "ftp://example.com"]);
        String::from_utf8_lossy(&odd.stderr).into_owned()
    });
    assert!(
        told.contains("is no address that events can be sent to"),
        "{told}"
    );
    let request = serving.await.unwrap();
    assert!(
        request.starts_with("POST /events HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("webhook-signature: v1,"), "{request}");
    assert!(request.contains(r#"{"type":"webhook.test""#), "{request}");
}
