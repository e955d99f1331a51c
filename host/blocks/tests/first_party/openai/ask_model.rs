//! Ask Model: responses that the service remembers.

use serde_json::{Value, json};

use super::{NAMES, answer, call, done, event, failed, set, start, start_plain};
use crate::runtime;
use crate::server::Server;

fn options() -> Value {
    json!({
        "action": "Ask Model",
        "model": "gpt-4o",
        "message": "How is the weather?",
        "responseIdVariableId": "city",
        "functions": [{ "name": "weather", "code": "return 'rain'" }],
        "responseMapping": [
            { "item": "Message", "variableId": "answer" },
            { "item": "Response ID", "variableId": "tokens" },
        ],
    })
}

fn function_call() -> Value {
    json!({ "type": "function_call", "id": "fc", "call_id": "c1", "name": "weather",
        "arguments": "{}" })
}

#[tokio::test]
async fn responses_are_streamed_and_functions_run() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, mut words) = start(&runtime, call(&server, options()));
    let mut asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/responses HTTP/1.1");
    let sent = asked.json();
    assert_eq!(
        (&sent["previous_response_id"], &sent["stream"]),
        (&json!("Rome"), &json!(true))
    );
    asked.start(200, "text/event-stream").await;
    event(
        &mut asked,
        &json!({ "type": "response.created", "response": { "id": "r1" } }),
    )
    .await;
    let item = json!({ "type": "response.output_item.done", "item": function_call() });
    event(&mut asked, &item).await;
    event(
        &mut asked,
        &json!({ "type": "response.completed", "response": { "id": "r1" } }),
    )
    .await;

    let mut asked = server.next().await;
    let sent = asked.json();
    assert_eq!(sent["previous_response_id"], json!("r1"));
    let results = json!([{ "type": "function_call_output", "call_id": "c1", "output": "rain" }]);
    assert_eq!(sent["input"], results);
    asked.start(200, "text/event-stream").await;
    let delta = json!({ "type": "response.output_text.delta", "delta": "It rains." });
    event(&mut asked, &delta).await;
    // The server says nothing more until the visitor has the words.
    assert_eq!(words.recv().await.as_deref(), Some("It rains."));
    event(
        &mut asked,
        &json!({ "type": "response.completed", "response": { "id": "r2" } }),
    )
    .await;

    let expected = [
        ("city", &json!("r2")),
        ("answer", &json!("It rains.")),
        ("tokens", &json!("r2")),
    ];
    assert_eq!(set(&done(running).await), expected);
}

#[tokio::test]
async fn a_whole_response_is_understood() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    let content = json!([{ "type": "output_text", "text": "Fine." }]);
    let output = json!([{ "type": "message", "content": content }]);
    answer(
        server.next().await,
        &json!({ "id": "r1", "output": output }),
    )
    .await;
    let outcome = done(running).await;
    assert_eq!(set(&outcome)[1], ("answer", &json!("Fine.")));
}

#[tokio::test]
async fn a_response_that_breaks_off_is_not_gone_on_with() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, _words) = start(&runtime, call(&server, options()));
    let mut asked = server.next().await;
    asked.start(200, "text/event-stream").await;
    let delta = json!({ "type": "response.output_text.delta", "delta": "It ra" });
    event(&mut asked, &delta).await;
    drop(asked);
    let outcome = done(running).await;
    assert_eq!(set(&outcome), [("answer", &json!("It ra"))]);
    assert_eq!(outcome.logs[0].message, "The model's answer broke off.");
}

#[tokio::test]
async fn functions_are_run_ten_times() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    for round in 0..=10 {
        let response = json!({ "id": format!("r{round}"), "output": [function_call()] });
        answer(server.next().await, &response).await;
    }
    let outcome = done(running).await;
    assert_eq!(set(&outcome), [("answer", &json!(""))]);
    let message = "The model kept calling functions, so its answer ended here.";
    assert_eq!(outcome.logs[0].message, message);
}

#[tokio::test]
async fn assistants_are_gone() {
    let server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let options = json!({
        "action": "Ask Assistant", "assistantId": "asst_1", "message": "Hi",
        "functions": [{ "name": "f", "code": "return 1" }],
    });
    let failure = failed(start_plain(&runtime, call(&server, options))).await;
    assert!(
        failure
            .to_string()
            .contains("choose the action “Ask Model”"),
        "{failure}"
    );
}
