//! The deprecated way to start and to reply at one address.

use serde_json::json;

use crate::app::TestApp;
use crate::bots::{bot, greeter, text, text_input};

const V1: &str = "/api/v1/sendMessage";
const V2: &str = "/api/v2/sendMessage";

#[tokio::test]
async fn one_address_starts_and_replies() {
    let app = TestApp::new().await;
    app.publish("greeter", &greeter()).await;
    for path in [V1, V2] {
        let body = json!({"startParams": {"typebot": "greeter", "prefilledVariables": {}}});
        let started = app.post(path, &body).await;
        assert_eq!(started.status, 200, "{:#}", started.body);
        assert_eq!(started.text("/input/id"), "b_name");
        assert!(started.body["resultId"].is_string());
        let session = started.text("/sessionId");
        let body =
            json!({"sessionId": session, "message": "Ada", "clientLogs": [{"description": "x"}]});
        let replied = app.post(path, &body).await;
        assert_eq!(replied.text("/input/id"), "b_email", "{:#}", replied.body);
        let body = json!({"sessionId": session, "message": {"type": "text", "text": "a@b.co"}});
        let ended = app.post(path, &body).await;
        assert_eq!(ended.text("/messages/0/id"), "b_bye", "{:#}", ended.body);
        assert_eq!(app.post(path, &body).await.status, 404);
    }
    assert_eq!(app.post(V2, &json!({})).await.status, 400);
    let body = json!({"startParams": {"typebot": "nothing"}});
    assert_eq!(app.post(V2, &body).await.status, 404);
}

#[tokio::test]
async fn previews_need_a_token() {
    let app = TestApp::new().await;
    let id = app.publish("greeter", &greeter()).await;
    let token = app.token().await;
    let draft = json!({"startParams": {"typebot": id.as_str(), "isPreview": true}});
    let mut document = bot(&[text("b_sent", "As sent"), text_input("b_in", "v_name")]);
    document["id"] = json!(id.as_str());
    let whole = json!({"startParams": {"typebot": document, "startGroupId": "g"}});
    for (body, said) in [(draft, "b_hello"), (whole, "b_sent")] {
        assert_eq!(app.post(V2, &body).await.status, 401);
        let started = app.post_with(&token, V2, &body).await;
        assert_eq!(started.status, 200, "{:#}", started.body);
        assert_eq!(started.text("/messages/0/id"), said);
        assert_eq!(started.body.get("resultId"), None);
    }
    let broken = json!({"startParams": {"typebot": {"id": id.as_str(), "groups": 7}}});
    let refused = app.post_with(&token, V2, &broken).await;
    assert_eq!(refused.status, 400, "{:#}", refused.body);
}
