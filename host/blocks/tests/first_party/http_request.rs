//! The HTTP request block.

use serde_json::{Value, json};
use talkloom_blocks::{BlockCall, Level, Outcome, Runtime, Variable};

use crate::runtime;
use crate::server::Server;

const NAMES: &[&str] = &["http-request", "script"];

fn call(options: Value) -> BlockCall {
    let variable = |id: &str| Variable {
        id: id.to_owned(),
        name: id.to_uppercase(),
        value: Value::Null,
    };
    BlockCall {
        block_type: "Webhook".into(),
        options,
        variables: ["v1", "v2", "v3"].map(variable).into(),
        submission: Some(json!({
            "answers": [{ "key": "Name", "value": "Ada" }],
            "variables": [{ "name": "Age", "value": "36" }],
        })),
        ..BlockCall::default()
    }
}

/// Saves the name in the answer, what is not there, and the status.
fn mapping() -> Value {
    json!([
        { "bodyPath": "data.items[0].name", "variableId": "v1" },
        { "bodyPath": "data.missing.name", "variableId": "v2" },
        { "bodyPath": "statusCode", "variableId": "v3" },
    ])
}

fn start(runtime: &Runtime, call: BlockCall) -> tokio::task::JoinHandle<Outcome> {
    let runtime = runtime.clone();
    tokio::spawn(async move { runtime.call(call, None).await.expect("the flow goes on") })
}

fn logged(outcome: &Outcome) -> (Level, &str) {
    assert_eq!(outcome.logs.len(), 1);
    (outcome.logs[0].level, &outcome.logs[0].message)
}

#[tokio::test]
async fn a_request_is_sent_and_its_answer_mapped() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start(
        &runtime,
        call(json!({
            "isCustomBody": true,
            "webhook": {
                "url": server.url("/hook"),
                "method": "PUT",
                "queryParams": [{ "key": "q", "value": "a b" }, { "key": "q", "value": "c" }],
                "headers": [{ "key": "Authorization", "value": "Basic user:pass" }],
                "body": "{ \"n\": \"1\" }",
            },
            "responseVariableMapping": mapping(),
        })),
    );
    let asked = server.next().await;
    assert_eq!(asked.line, "PUT /hook?q=a%20b&q=c HTTP/1.1");
    assert_eq!(asked.header("authorization"), Some("Basic dXNlcjpwYXNz"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.body, "{\"n\":\"1\"}");
    asked
        .answer(
            201,
            "application/json",
            "{\"items\":[{\"name\":\"first\"}]}",
        )
        .await;

    let outcome = running.await.expect("nothing panics");
    let set = [
        ("v1".to_owned(), json!("first")),
        ("v3".to_owned(), json!(201)),
    ];
    assert_eq!(outcome.assignments, set);
    assert_eq!(
        logged(&outcome),
        (Level::Success, "Webhook successfuly executed.")
    );
}

#[tokio::test]
async fn an_error_is_an_answer_too() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let options = json!({
        "webhook": { "url": server.url("/") },
        "responseVariableMapping": mapping(),
    });
    let running = start(
        &runtime,
        BlockCall {
            block_type: "Make.com".into(),
            ..call(options)
        },
    );
    let asked = server.next().await;
    let sent: Value = serde_json::from_str(&asked.body).expect("it is JSON");
    let submission =
        json!({ "submittedAt": "2023-11-14T22:13:20.123Z", "Name": "Ada", "Age": "36" });
    assert_eq!(sent, submission);
    asked
        .answer(404, "application/json", "{\"items\":[{\"name\":\"none\"}]}")
        .await;

    let outcome = running.await.expect("nothing panics");
    let set = [
        ("v1".to_owned(), json!("none")),
        ("v3".to_owned(), json!(404)),
    ];
    assert_eq!(outcome.assignments, set);
    assert_eq!(
        logged(&outcome),
        (Level::Error, "Webhook returned an error.")
    );
}

#[tokio::test]
async fn without_an_answer_there_is_a_status() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let options = |url: String| {
        let mapping = json!([
            { "bodyPath": "statusCode", "variableId": "v1" },
            { "bodyPath": "data.message", "variableId": "v2" },
        ]);
        call(json!({ "timeout": 1, "webhook": { "url": url }, "responseVariableMapping": mapping }))
    };
    let running = start(&runtime, options(server.url("/")));
    let silent = server.next().await;
    let late = running.await.expect("nothing panics");
    assert_eq!(late.assignments[0].1, json!(408));
    drop(silent);

    let other = Server::start().await;
    let refused = start(&runtime, options(other.url("/")))
        .await
        .expect("nothing panics");
    assert_eq!(refused.assignments[0].1, json!(400));
    let message = refused.assignments[1].1.as_str().expect("a sentence");
    assert!(
        message.starts_with("Security validation failed: "),
        "{message}"
    );
}

#[tokio::test]
async fn the_page_sends_where_the_builder_wants_it_to() {
    let runtime = runtime(NAMES, &[]).await;
    let options = json!({
        "isExecutedOnClient": true, "isCustomBody": true,
        "webhook": { "url": "https://e.example", "body": "{\"l\":[1]}" },
    });
    let outcome = start(&runtime, call(options))
        .await
        .expect("nothing panics");
    let action = &outcome.client_actions[0];
    assert_eq!(action["type"], json!("httpRequestToExecute"));
    assert_eq!(action["httpRequestToExecute"]["body"], json!({ "l": [1] }));
    assert_eq!((outcome.assignments, outcome.logs), (vec![], vec![]));
}

#[tokio::test]
async fn an_unfinished_block_does_nothing() {
    let runtime = runtime(NAMES, &[]).await;
    for options in [json!({}), json!({ "webhook": {} })] {
        let outcome = start(&runtime, call(options))
            .await
            .expect("nothing panics");
        assert_eq!(outcome, Outcome::default());
    }
}
