//! How often one visitor may ask.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, posting, reply_path, start_path};
use crate::bots::greeter;

async fn from(app: &TestApp, address: &str, path: &str, body: &Value) -> Answer {
    let mut request = posting(path, body.to_string());
    let peer: SocketAddr = format!("{address}:4711").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    let origin = "https://shop.example".parse().unwrap();
    request.headers_mut().insert("origin", origin);
    app.send(request).await
}

#[tokio::test]
async fn an_address_that_starts_too_often_is_told_when_to_come_back() {
    let app = TestApp::with(|config| config.limits.starts_per_minute = 2).await;
    app.publish("hello", &greeter()).await;
    let (start, begin) = (start_path("hello"), json!({}));
    let old = json!({"startParams": {"typebot": "hello"}});
    let first = from(&app, "192.0.2.1", &start, &begin).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let second = from(&app, "192.0.2.1", "/api/v1/sendMessage", &old).await;
    assert_eq!(second.status, 200, "{}", second.body);
    for (path, body) in [(&*start, &begin), ("/api/v1/sendMessage", &old)] {
        let refused = from(&app, "192.0.2.1", path, body).await;
        assert_eq!(
            (refused.status, refused.text("/code")),
            (429, "TOO_MANY_REQUESTS")
        );
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        assert_eq!(
            refused.text("/message"),
            format!("This is too often. Try again in {wait} seconds.")
        );
        let origin = refused.header("access-control-allow-origin");
        assert_eq!(origin, Some("https://shop.example"), "the page may read it");
    }
    let reply = json!({"message": {"type": "text", "text": "Ada"}});
    let replies = reply_path(first.text("/sessionId"));
    assert_eq!(from(&app, "192.0.2.1", &replies, &reply).await.status, 200);
    assert_eq!(from(&app, "192.0.2.2", &start, &begin).await.status, 200);
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits_and_programs_with_tokens_do_not() {
    let app = TestApp::with(|config| config.limits.requests_per_minute = 3).await;
    app.publish("hello", &greeter()).await;
    let begin = json!({});
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(
            from(&app, "192.0.2.1", &start_path("hello"), &begin)
                .await
                .status,
        );
    }
    assert_eq!(answers, [200, 200, 200, 429]);
    let trigger = "/api/v1/typebots/hello/blocks/b/results/r/executeWebhook";
    for _ in 0..5 {
        assert_eq!(from(&app, "192.0.2.1", trigger, &begin).await.status, 401);
    }
}
