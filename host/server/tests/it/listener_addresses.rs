//! Listeners' secret addresses: programs send there without an API token.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use serde_json::{Value, json};
use talkloom_server::credentials::NewAccount;
use talkloom_vault::Secret;

use crate::app::{Answer, NOW_MS, TestApp};
use crate::bots::{bot, text, text_input};
use crate::listeners::{Page, serve};
use crate::vault::home;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Says its listener's address, waits there, and says the city that it was told.
fn hook_bot(signature: Option<Value>) -> Value {
    let mapping = json!([{"id": "m", "variableId": "v_city", "bodyPath": "data.city || data"}]);
    let mut options = json!({"responseVariableMapping": mapping, "addressVariableId": "v_name"});
    if let Some(signature) = signature {
        options["signature"] = signature;
    }
    bot(&[
        text("b_where", "{{Name}}"),
        json!({"id": "b_hook", "type": "webhook", "options": options}),
        text("b_city", "From {{City}}."),
        text_input("b_next", "v_city"),
    ])
}

/// A conversation that waits at its listener.
struct Hook {
    app: TestApp,
    path: String,
    session: String,
    result: String,
}

impl Hook {
    async fn new(app: TestApp, signature: Option<Value>) -> Self {
        app.publish("hook", &hook_bot(signature)).await;
        let started = app.start("hook", json!({})).await;
        let said = started.body["messages"][0].to_string();
        let (_, path) = said.split_once("/api/webhooks/").expect("it is an address");
        let path = path.split('"').next().unwrap_or_default();
        Self {
            path: format!("/api/webhooks/{path}"),
            session: started.text("/sessionId").to_owned(),
            result: started.text("/resultId").to_owned(),
            app,
        }
    }

    async fn post(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::post(&self.path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned()));
        self.app.send(request.expect("it is whole")).await
    }

    /// What the page gets next, and what the bot says to it.
    async fn goes_on(&self) -> (String, String) {
        let address = serve(&self.app).await;
        let room = format!("/parties/main/{}/webhooks", self.result);
        let message = Page::open(address, &room).await.text().await;
        let reply = self.app.say(&self.session, &message).await;
        let said = reply.body["messages"][0]["content"]["richText"].to_string();
        (message, said)
    }

    async fn waiting(&self) -> Vec<String> {
        self.app
            .texts("SELECT body FROM listener_messages ORDER BY id")
            .await
    }
}

#[tokio::test]
async fn a_program_sends_to_the_address_that_it_was_told() {
    for (kind, body, city, message) in [
        (
            "application/json",
            "{\"city\":\"Lisbon\"}",
            "Lisbon",
            r#"{"data":{"city":"Lisbon"}}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "city=S%C3%A3o+Paulo",
            "São Paulo",
            r#"{"data":{"city":"São Paulo"}}"#,
        ),
        ("text/plain", "Porto", "Porto", r#"{"data":"Porto"}"#),
    ] {
        let hook = Hook::new(TestApp::new().await, None).await;
        let sent = hook.post(&[("content-type", kind)], body).await;
        assert_eq!((sent.status, sent.body), (200, json!({"message": "OK"})));
        let (got, said) = hook.goes_on().await;
        assert_eq!(got, message);
        assert!(said.contains(city), "{said}");
        assert_eq!(hook.waiting().await, Vec::<String>::new(), "it was taken");
    }
}

#[tokio::test]
async fn an_address_cannot_be_made_up() {
    let hook = Hook::new(TestApp::new().await, None).await;
    let token = hook.path.rsplit('/').next().expect("it has one");
    let (payload, tag) = token.split_once('.').expect("it is signed");
    let mut changed = payload.to_owned();
    let last = if changed.ends_with('A') { "B" } else { "A" };
    changed.replace_range(changed.len() - 1.., last);
    for forged in [
        format!("{changed}.{tag}"),
        format!("{payload}.{}", &tag[1..]),
        payload.to_owned(),
        "x".to_owned(),
    ] {
        let answer = hook
            .app
            .post(&format!("/api/webhooks/{forged}"), &json!({}))
            .await;
        assert_eq!(answer.status, 404, "{forged}");
    }
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(256 << 10));
    assert_eq!(hook.post(&[], &large).await.status, 413);
    let broken = hook
        .post(&[("content-type", "application/json")], "{")
        .await;
    assert_eq!(broken.status, 400);
    assert_eq!(hook.waiting().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_ended_conversation_takes_nothing() {
    let app = TestApp::new().await;
    let hook = Hook::new(app, None).await;
    hook.post(&[], "{\"city\":\"Faro\"}").await;
    hook.goes_on().await;
    let over = hook.app.say(&hook.session, "bye").await;
    assert_eq!(over.status, 200, "{}", over.body);
    let late = hook.post(&[], "{}").await;
    assert_eq!(late.status, 404);
    assert!(late.text("/message").contains("ended"), "{}", late.body);
}

async fn signed_hook(options: Value) -> Hook {
    let app = TestApp::new().await;
    let secret = if options["type"] == "hmac" {
        "shop secret"
    } else {
        SECRET
    };
    let new = NewAccount {
        kind: "webhook-secret".into(),
        name: "Shop".into(),
        account: None,
        fields: BTreeMap::new(),
        secrets: BTreeMap::from([("secret".to_owned(), Secret::new(secret))]),
    };
    let id = app.app.vault.add(&home(), &new).await.expect("it is kept");
    let mut options = options;
    options["credentialsId"] = json!(id.as_str());
    Hook::new(app, Some(options)).await
}

/// The three headers for a body.
fn signed(id: &str, body: &str) -> [(&'static str, String); 3] {
    let time = NOW_MS / 1_000;
    let key = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .expect("base64");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
    let tag = ring::hmac::sign(&key, format!("{id}.{time}.{body}").as_bytes());
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", time.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(tag))),
    ]
}

#[tokio::test]
async fn a_request_that_is_sent_again_counts_once() {
    let hook = signed_hook(json!({"type": "standard-webhooks"})).await;
    let body = "{\"city\":\"Braga\"}";
    let headers = signed("msg_1", body);
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let sent = join_all((0..100).map(|_| hook.post(&headers, body))).await;
    assert!(sent.iter().all(|answer| answer.status == 200));
    assert_eq!(hook.waiting().await, [r#"{"data":{"city":"Braga"}}"#]);
    hook.goes_on().await;
    assert_eq!(hook.post(&headers, body).await.status, 200);
    assert_eq!(
        hook.waiting().await,
        Vec::<String>::new(),
        "also when it was taken"
    );
}

#[tokio::test]
async fn a_request_that_is_not_signed_is_refused() {
    let hook = signed_hook(json!({"type": "standard-webhooks"})).await;
    let body = "{\"city\":\"Braga\"}";
    let headers = signed("msg_1", body);
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    for refused in [
        hook.post(&[], body).await,
        hook.post(&headers[..2], body).await,
        hook.post(&headers, "{\"city\":\"Evora\"}").await,
    ] {
        assert_eq!(
            (refused.status, refused.text("/code")),
            (401, "UNAUTHORIZED")
        );
    }
    assert_eq!(hook.waiting().await, Vec::<String>::new());

    let options = json!({"type": "hmac", "header": "x-hub-signature-256", "prefix": "sha256="});
    let hook = signed_hook(options).await;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"shop secret");
    let tag = ring::hmac::sign(&key, body.as_bytes());
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let shown = |hex: &str| format!("sha256={hex}");
    let forged = shown(&hex.replace('a', "b"));
    assert_eq!(
        hook.post(&[("x-hub-signature-256", &forged)], body)
            .await
            .status,
        401
    );
    let right = shown(&hex);
    assert_eq!(
        hook.post(&[("x-hub-signature-256", &right)], body)
            .await
            .status,
        200
    );

    // Without its secret nothing is taken.
    let gone = json!({"type": "hmac", "credentialsId": "cgone"});
    let hook = Hook::new(TestApp::new().await, Some(gone)).await;
    assert_eq!(hook.post(&[("x-signature", &hex)], body).await.status, 401);
}
