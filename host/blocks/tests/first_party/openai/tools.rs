//! Tools that the model calls: the builder's code, in the script sandbox.

use std::time::Duration;

use serde_json::{Value, json};

use super::{NAMES, answer, call, delta, done, event, options, set, start, start_plain};
use crate::server::{Exchange, Server};
use crate::{runtime, runtime_with};

fn with_tool(code: &str) -> Value {
    let mut options = options();
    options["tools"] = json!([{
        "type": "function",
        "name": "weather",
        "description": "The weather of a city",
        "parameters": [{ "type": "string", "name": "place", "required": true }],
        "code": code,
    }]);
    options
}

fn tool_call(arguments: &str) -> Value {
    json!([{ "id": "call_1", "type": "function",
        "function": { "name": "weather", "arguments": arguments } }])
}

/// A reply that calls the tool.
async fn call_tool(asked: Exchange, arguments: &str) {
    let message = json!({ "content": null, "tool_calls": tool_call(arguments) });
    let reply = json!({ "choices": [{ "message": message }], "usage": { "total_tokens": 5 } });
    answer(asked, &reply).await;
}

async fn say(asked: Exchange, text: &str) {
    let reply = json!({ "choices": [{ "message": { "content": text } }],
        "usage": { "total_tokens": 7 } });
    answer(asked, &reply).await;
}

/// What the last message of a request says.
fn result(asked: &Exchange) -> Value {
    let messages = asked.json()["messages"].clone();
    messages
        .as_array()
        .and_then(|all| all.last())
        .cloned()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_tools_result_goes_back_to_the_model() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let code = "setVariable('CITY', place); return { place, before: '{{CITY}}' }";
    let running = start_plain(&runtime, call(&server, with_tool(code)));
    let asked = server.next().await;
    let offered = &asked.json()["tools"][0]["function"];
    assert_eq!(offered["parameters"]["required"], json!(["place"]));
    call_tool(asked, "{\"place\":\"Oslo\"}").await;

    let asked = server.next().await;
    let messages = asked.json()["messages"].clone();
    let repeated = &messages[messages.as_array().expect("a list").len() - 2];
    assert_eq!(repeated["tool_calls"], tool_call("{\"place\":\"Oslo\"}"));
    let content = "{\"place\":\"Oslo\",\"before\":\"Rome\"}";
    let expected = json!({ "role": "tool", "tool_call_id": "call_1", "content": content });
    assert_eq!(result(&asked), expected);
    say(asked, "It rains.").await;

    let outcome = done(running).await;
    let expected = [
        ("city", &json!("Oslo")),
        ("answer", &json!("It rains.")),
        ("tokens", &json!(12)),
    ];
    assert_eq!(set(&outcome), expected);
    assert_eq!(outcome.logs, []);
}

#[tokio::test]
async fn tools_are_called_within_a_stream() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let code = "return `sunny in ${place}`";
    let (running, mut words) = start(&runtime, call(&server, with_tool(code)));
    let mut asked = server.next().await;
    asked.start(200, "text/event-stream").await;
    delta(&mut asked, "Let me look.").await;
    let pieces = [
        json!({ "index": 0, "id": "call_1", "type": "function",
            "function": { "name": "weather", "arguments": "" } }),
        json!({ "index": 0, "function": { "arguments": "{\"place\"" } }),
        json!({ "index": 0, "function": { "arguments": ":\"Oslo\"}" } }),
    ];
    for piece in pieces {
        let chunk = json!({ "choices": [{ "delta": { "tool_calls": [piece] } }] });
        event(&mut asked, &chunk).await;
    }
    asked.send("data: [DONE]\n\n").await;
    assert_eq!(words.recv().await.as_deref(), Some("Let me look."));

    let mut asked = server.next().await;
    assert_eq!(result(&asked)["content"], json!("sunny in Oslo"));
    asked.start(200, "text/event-stream").await;
    delta(&mut asked, "It is sunny.").await;
    asked.send("data: [DONE]\n\n").await;
    drop(asked);
    let mut rest = String::new();
    while let Some(part) = words.recv().await {
        rest += &part;
    }
    assert_eq!(rest, "\n\nIt is sunny.");
    let outcome = done(running).await;
    assert_eq!(
        set(&outcome)[0],
        ("answer", &json!("Let me look.\n\nIt is sunny."))
    );
}

#[tokio::test]
async fn a_tool_may_ask_another_server() {
    let mut server = Server::start().await;
    let mut elsewhere = Server::start().await;
    let runtime = runtime(NAMES, &[server.address, elsewhere.address]).await;
    let url = elsewhere.url("/weather");
    let code = format!("return JSON.parse(await fetch('{url}?of=' + place)).sky");
    let running = start_plain(&runtime, call(&server, with_tool(&code)));
    call_tool(server.next().await, "{\"place\":\"Oslo\"}").await;
    let asked = elsewhere.next().await;
    assert_eq!(asked.line, "GET /weather?of=Oslo HTTP/1.1");
    assert_eq!(asked.header("authorization"), None);
    answer(asked, &json!({ "sky": "grey" })).await;
    let asked = server.next().await;
    assert_eq!(result(&asked)["content"], json!("grey"));
    say(asked, "Grey.").await;
    assert_eq!(set(&done(running).await)[0], ("answer", &json!("Grey.")));
}

/// A tool that fails tells the model, so that it can go on, and the builder.
async fn fails(code: &str, arguments: &str, told: &str) {
    let mut server = Server::start().await;
    let runtime = runtime_with(NAMES, &[server.address], |settings| {
        settings.limits.script_wall = Duration::from_millis(700);
    })
    .await;
    let running = start_plain(&runtime, call(&server, with_tool(code)));
    call_tool(server.next().await, arguments).await;
    let asked = server.next().await;
    let result = result(&asked);
    let content = result["content"].as_str().expect("a text");
    assert!(
        content.starts_with("Error: ") && content.contains(told),
        "{content}"
    );
    say(asked, "Sorry.").await;
    let outcome = done(running).await;
    assert_eq!(set(&outcome)[0], ("answer", &json!("Sorry.")));
    assert_eq!(outcome.logs[0].message, "The tool “weather” failed.");
    let detail = outcome.logs[0].detail.as_deref().unwrap_or_default();
    assert!(detail.contains(told), "{detail}");
}

#[tokio::test]
async fn a_tool_that_throws_tells_the_model() {
    fails(
        "throw new Error('no such city: ' + place)",
        "{\"place\":\"X\"}",
        "no such city: X",
    )
    .await;
}

#[tokio::test]
async fn a_tool_that_never_ends_is_ended() {
    fails("while (true) {}", "{}", "took too long").await;
}

#[tokio::test]
async fn arguments_that_are_none_are_told() {
    fails("return 1", "{\"place\":", "no JSON object").await;
}

#[tokio::test]
async fn a_tool_sets_only_what_it_names() {
    fails(
        "setVariable('SECRET', 1)",
        "{}",
        "no variable named \"SECRET\"",
    )
    .await;
}

#[tokio::test]
async fn a_model_that_only_calls_tools_comes_to_an_end() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, with_tool("return 1")));
    for _ in 0..6 {
        call_tool(server.next().await, "{}").await;
    }
    let outcome = done(running).await;
    assert_eq!(
        set(&outcome),
        [("answer", &json!("")), ("tokens", &json!(30))]
    );
    let message = "The model kept calling tools, so its answer ended here.";
    assert_eq!(outcome.logs[0].message, message);
}
