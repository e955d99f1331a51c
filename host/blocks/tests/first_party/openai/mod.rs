//! The OpenAI block, against a server that speaks its protocols.

mod ask_model;
mod audio;
mod choices;
mod completion;
mod failures;
mod files;
mod legacy;
mod tools;
mod variables;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use talkloom_blocks::{BlockCall, Credential, Failure, Outcome, Runtime, Secret, Variable};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::server::{Exchange, Server};

const NAMES: &[&str] = &["openai", "script"];
const KEY: &str = "sk-test-7f3a91";

fn call(server: &Server, options: Value) -> BlockCall {
    let variable = |id: &str, value: Value| Variable {
        id: id.to_owned(),
        name: id.to_uppercase(),
        value,
    };
    BlockCall {
        block_type: "openai".into(),
        action: options["action"].as_str().unwrap_or_default().into(),
        options,
        credential: Some(Credential {
            kind: "openai".into(),
            account: None,
            fields: BTreeMap::from([("baseUrl".into(), server.url("/v1"))]),
            secrets: BTreeMap::from([("apiKey".into(), Secret::new(KEY))]),
        }),
        variables: vec![
            variable("dialogue", json!(["Hi", "Hello!", "How are you?"])),
            variable("answer", Value::Null),
            variable("tokens", Value::Null),
            variable("city", json!("Rome")),
        ],
        ..BlockCall::default()
    }
}

fn options() -> Value {
    json!({
        "action": "Create chat completion",
        "messages": [
            { "role": "system", "content": "Be kind." },
            { "role": "Dialogue", "dialogueVariableId": "dialogue" },
        ],
        "responseMapping": [
            { "item": "Message content", "variableId": "answer" },
            { "item": "Total tokens", "variableId": "tokens" },
        ],
    })
}

type Running = JoinHandle<Result<Outcome, Failure>>;

fn start(runtime: &Runtime, call: BlockCall) -> (Running, mpsc::Receiver<String>) {
    let (live, words) = mpsc::channel(16);
    let runtime = runtime.clone();
    let running = tokio::spawn(async move { runtime.call(call, Some(live)).await });
    (running, words)
}

/// A call whose answer nobody watches.
fn start_plain(runtime: &Runtime, call: BlockCall) -> Running {
    let runtime = runtime.clone();
    tokio::spawn(async move { runtime.call(call, None).await })
}

async fn done(running: Running) -> Outcome {
    running.await.expect("nothing panics").expect("it answers")
}

async fn failed(running: Running) -> Failure {
    running
        .await
        .expect("nothing panics")
        .expect_err("it is refused")
}

async fn delta(exchange: &mut Exchange, text: &str) {
    let chunk = json!({ "choices": [{ "delta": { "content": text } }] });
    event(exchange, &chunk).await;
}

async fn event(exchange: &mut Exchange, data: &Value) {
    exchange.send(&format!("data: {data}\n\n")).await;
}

async fn answer(exchange: Exchange, body: &Value) {
    exchange
        .answer(200, "application/json", &body.to_string())
        .await;
}

/// What the call set, by the variables' ids.
fn set(outcome: &Outcome) -> Vec<(&str, &Value)> {
    let set = outcome.assignments.iter();
    set.map(|(id, value)| (id.as_str(), value)).collect()
}
