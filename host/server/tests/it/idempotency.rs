//! Requests sent again with their key: served once, answered alike.

use axum::http::{Method, Request};
use futures_util::future::join_all;
use serde_json::{Value, json};
use talkloom_store::{Repositories, ResultId};

use crate::app::{Answer, TestApp, posting, reply_path, start_path, workspace};
use crate::bots::{bot, email_input, text, text_input};

/// Says a fresh id, so that a turn that is taken twice tells.
fn lottery() -> Value {
    let draw = json!({"variableId": "v_city", "type": "Random ID"});
    bot(&[
        json!({"id": "b_draw", "type": "Set variable", "options": draw}),
        text("b_ticket", "Your ticket is {{City}}. Your name?"),
        text_input("b_name", "v_name"),
        json!({"id": "b_again", "type": "Set variable", "options": draw}),
        text("b_won", "{{Name}}, {{City}} won. Your address?"),
        email_input("b_email"),
        json!({"id": "b_last", "type": "Set variable", "options": draw}),
        text("b_bye", "Keep {{City}}. Bye."),
    ])
}

async fn keyed(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    let mut request = posting(path, body.to_string());
    let key = key.parse().expect("the key can stand in a header");
    request.headers_mut().insert("idempotency-key", key);
    app.send(request).await
}

fn saying(text: &str) -> Value {
    json!({"message": {"type": "text", "text": text}})
}

async fn answers(app: &TestApp, result: &str) -> Vec<String> {
    let result = ResultId(result.to_owned());
    let reader = app.app.store.reader();
    let answers = reader.answers().of_result(&workspace(), &result).await;
    let answers = answers.expect("the answers can be read").into_iter();
    answers.map(|answer| answer.content).collect()
}

#[tokio::test]
async fn a_reply_sent_again_is_answered_alike_and_taken_once() {
    let app = TestApp::new().await;
    app.publish("lottery", &lottery()).await;
    let started = app.start("lottery", json!({})).await;
    let (path, result) = (
        reply_path(started.text("/sessionId")),
        started.text("/resultId"),
    );
    let first = keyed(&app, &path, "k1", &saying("Ada")).await;
    let again = keyed(&app, &path, "k1", &saying("Ada")).await;
    let elsewhere = app.beside().await;
    let restarted = keyed(&elsewhere, &path, "k1", &saying("Ada")).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.text("/input/id"), "b_email");
    assert_eq!(
        (again.seen(), restarted.seen()),
        (first.seen(), first.seen())
    );

    let other = keyed(&app, &path, "k1", &saying("Bob")).await;
    assert_eq!(
        (other.status, other.text("/code")),
        (422, "UNPROCESSABLE_CONTENT")
    );
    assert_eq!(answers(&app, result).await, ["Ada"]);

    let last = keyed(&app, &path, "k2", &saying("ada@example.com")).await;
    assert_eq!((last.status, last.body.get("input")), (200, None));
    let ended = keyed(&app, &path, "k2", &saying("ada@example.com")).await;
    let restarted = keyed(&elsewhere, &path, "k2", &saying("ada@example.com")).await;
    assert_eq!((ended.seen(), restarted.seen()), (last.seen(), last.seen()));
    let earlier = keyed(&app, &path, "k1", &saying("Ada")).await;
    assert_eq!(
        earlier.seen(),
        first.seen(),
        "earlier turns are rebuilt too"
    );
    let new = keyed(&app, &path, "k3", &saying("more")).await;
    assert_eq!(new.status, 404, "the conversation has ended");
    assert_eq!(answers(&app, result).await, ["Ada", "ada@example.com"]);
}

#[tokio::test]
async fn a_start_sent_again_begins_one_conversation() {
    let app = TestApp::new().await;
    app.publish("lottery", &lottery()).await;
    let path = start_path("lottery");
    let body = json!({"prefilledVariables": {"Name": 0.1}});
    let first = keyed(&app, &path, "k", &body).await;
    assert_eq!(first.status, 200, "{}", first.body);
    // Another version is live by now: the answer stays what it was.
    app.publish("lottery", &bot(&[text("b_closed", "Sold out.")]))
        .await;
    let again = keyed(&app, &path, "k", &body).await;
    let restarted = keyed(&app.beside().await, &path, "k", &body).await;
    assert_eq!(
        (again.seen(), restarted.seen()),
        (first.seen(), first.seen())
    );
    let other_body = keyed(&app, &path, "k", &json!({})).await;
    assert_eq!(other_body.status, 422, "{}", other_body.body);
    let other_key = keyed(&app, &path, "l", &body).await;
    assert_eq!(other_key.text("/messages/0/id"), "b_closed");
    let on = app.say(first.text("/sessionId"), "Ada").await;
    assert_eq!(on.text("/input/id"), "b_email");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_come_at_once_with_one_key_count_once() {
    let one = TestApp::new().await;
    one.publish("lottery", &lottery()).await;
    let other = one.beside().await;
    let apps = [&one, &other, &one, &other, &one, &other];
    let start = start_path("lottery");
    let empty = json!({});
    let started = join_all(apps.map(|app| keyed(app, &start, "k", &empty))).await;
    for answer in &started {
        assert_eq!(answer.seen(), started[0].seen());
    }
    let path = reply_path(started[0].text("/sessionId"));
    let ada = saying("Ada");
    let replied = join_all(apps.map(|app| keyed(app, &path, "k", &ada))).await;
    for answer in &replied {
        assert_eq!(answer.seen(), replied[0].seen());
    }
    assert_eq!(answers(&one, started[0].text("/resultId")).await, ["Ada"]);
}

#[tokio::test]
async fn a_key_is_short_and_visible() {
    let app = TestApp::new().await;
    app.publish("lottery", &lottery()).await;
    let path = start_path("lottery");
    for bad in ["", "two words", "schlüssel", &"x".repeat(256)] {
        let refused = keyed(&app, &path, bad, &json!({})).await;
        assert_eq!(refused.status, 400, "{bad}: {}", refused.body);
        assert!(refused.text("/message").contains("Idempotency-Key"));
    }
    let long = keyed(&app, &path, &"x".repeat(255), &json!({})).await;
    assert_eq!(long.status, 200, "{}", long.body);
}

#[tokio::test]
async fn pages_of_other_sites_may_send_a_key() {
    let app = TestApp::new().await;
    let asked = "content-type, idempotency-key";
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(start_path("any"))
        .header("origin", "https://example.com")
        .header("access-control-request-headers", asked)
        .body(axum::body::Body::empty())
        .expect("the request is whole");
    let answer = app.send(request).await;
    assert_eq!(answer.header("access-control-allow-headers"), Some(asked));
}
