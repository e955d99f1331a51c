//! The description of the chat API, held against the router.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use talkloom_server::limits::Limits;
use talkloom_server::{chat, openapi};

use crate::app::{Answer, TestApp, posting};
use crate::bots::greeter;

/// Where the router serves the description itself.
const ITSELF: &str = "/openapi.json";

/// The paths below `/api`, each parameter as `{}`.
fn described() -> BTreeSet<String> {
    let description = openapi::describe();
    let paths = description["paths"].as_object().expect("paths");
    paths.keys().map(|path| nameless(path)).collect()
}

fn nameless(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The paths in a router, as its debug form names them.
fn routed(router: &impl std::fmt::Debug) -> BTreeSet<String> {
    let printed = format!("{router:?}");
    let texts = printed.split('"').skip(1).step_by(2);
    texts
        .filter(|text| text.len() > 1 && text.starts_with('/') && !text.contains('*'))
        .map(nameless)
        .collect()
}

#[test]
fn it_lists_exactly_the_routes() {
    let mut routes = routed(&chat::routes(&Limits::default()));
    assert!(routes.len() > 10, "{routes:?}");
    assert!(routes.remove(ITSELF));
    let elsewhere = [
        chat::stream_routes(&Limits::default()),
        talkloom_server::uploads::routes(),
    ];
    for router in &elsewhere {
        let below = routed(router).into_iter();
        routes.extend(below.filter_map(|path| Some(path.strip_prefix("/api")?.to_owned())));
    }
    assert_eq!(described(), routes);
}

#[tokio::test]
async fn each_operation_is_served_by_its_method() {
    let app = TestApp::new().await;
    let description = app.get("/api/openapi.json").await;
    assert_eq!(description.status, 200);
    assert_eq!(description.body, openapi::describe());
    for (path, operations) in description.body["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            let path = format!("/api{}", path.replace(['{', '}'], ""));
            let method: axum::http::Method = method.to_uppercase().parse().unwrap();
            let request = Request::builder().method(method.clone()).uri(&path);
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_ne!(answer.status, 405, "{method} {path}");
            let told = answer.body.to_string();
            assert!(
                !told.contains("nothing at this address"),
                "{method} {path}: {told}"
            );
            assert!(answer.status < 500, "{method} {path}: {told}");
        }
    }
}

#[test]
fn each_reference_leads_somewhere() {
    let description = openapi::describe();
    let mut references = Vec::new();
    collect(&description, &mut references);
    assert!(references.len() > 50, "{references:?}");
    for reference in &references {
        let place = reference.strip_prefix('#').expect("within the document");
        assert!(description.pointer(place).is_some(), "{reference}");
    }
}

fn collect<'j>(json: &'j Value, references: &mut Vec<&'j str>) {
    match json {
        Value::Object(keys) => {
            references.extend(keys.get("$ref").and_then(Value::as_str));
            keys.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

/// The examples are real: the demo bot's page could send them.
#[tokio::test]
async fn examples_are_served() {
    let app = TestApp::new().await;
    app.publish("demo", &greeter()).await;
    let token = app.token().await;
    let description = openapi::describe();
    let mut session = String::new();
    for path in [
        "/v1/typebots/{publicId}/startChat",
        "/v1/typebots/{typebotId}/preview/startChat",
        "/v1/templates/{slug}/preview/startChat",
        "/v2/sendMessage",
        "/v2/sessions/{sessionId}/clientLogs",
        "/v1/sessions/{sessionId}/continueChat",
    ] {
        let operation = &description["paths"][path]["post"];
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        let concrete = ["publicId", "typebotId", "slug"]
            .iter()
            .fold(path.to_owned(), |path, name| {
                path.replace(&format!("{{{name}}}"), "demo")
            })
            .replace("{sessionId}", &session);
        let answer = send(&app, &token, &format!("/api{concrete}"), example).await;
        assert_eq!(answer.status, 200, "{path}: {:#}", answer.body);
        if path.starts_with("/v2/sendMessage") {
            session = answer.text("/sessionId").to_owned();
        }
    }
}

async fn send(app: &TestApp, token: &str, path: &str, body: &Value) -> Answer {
    let mut request = posting(path, body.to_string());
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    app.send(request).await
}

#[test]
fn every_error_has_an_example() {
    let description = openapi::describe();
    let errors = description["components"]["responses"].as_object().unwrap();
    assert_eq!(errors.len(), 8);
    for (name, error) in errors {
        let example = &error["content"]["application/json"]["example"];
        assert_eq!(example["defined"], json!(false), "{name}");
        assert!(example["message"].is_string(), "{name}");
        assert!(example["status"].is_u64(), "{name}");
    }
}
