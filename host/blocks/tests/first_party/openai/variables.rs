//! Variables that a model fills.

use serde_json::{Value, json};
use talkloom_blocks::Failure;

use super::{NAMES, answer, call, done, failed, set, start_plain};
use crate::runtime;
use crate::server::Server;

fn options() -> Value {
    json!({
        "action": "Generate variables",
        "prompt": "Where to?",
        "variablesToExtract": [
            { "type": "string", "variableId": "city", "description": "The city" },
            { "type": "number", "variableId": "tokens", "isRequired": false },
            { "type": "array", "variableId": "dialogue" },
        ],
    })
}

fn reply(message: Value) -> Value {
    json!({ "choices": [{ "message": message, "finish_reason": "stop" }] })
}

#[tokio::test]
async fn values_go_into_variables() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    let asked = server.next().await;
    let format = asked.json()["response_format"]["json_schema"].clone();
    assert_eq!(format["strict"], json!(true));
    let properties = &format["schema"]["properties"];
    assert_eq!(properties["CITY"]["description"], json!("The city"));
    assert_eq!(properties["TOKENS"]["type"], json!(["number", "null"]));
    let content = json!({ "CITY": "Oslo", "TOKENS": null, "DIALOGUE": ["a"], "ANSWER": "no" });
    answer(asked, &reply(json!({ "content": content.to_string() }))).await;
    let expected = [("city", &json!("Oslo")), ("dialogue", &json!(["a"]))];
    assert_eq!(set(&done(running).await), expected);
}

#[tokio::test]
async fn a_model_that_refuses_is_asked_once_more() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    let refused = reply(json!({ "content": null, "refusal": "I cannot help with that." }));
    answer(server.next().await, &refused).await;
    let found = json!({ "CITY": "Oslo" }).to_string();
    answer(server.next().await, &reply(json!({ "content": found }))).await;
    assert_eq!(set(&done(running).await), [("city", &json!("Oslo"))]);

    let running = start_plain(&runtime, call(&server, options()));
    answer(server.next().await, &refused).await;
    answer(server.next().await, &refused).await;
    let failure = failed(running).await;
    assert_eq!(
        failure.to_string(),
        "The model refused: I cannot help with that."
    );
}

#[tokio::test]
async fn a_model_without_schemas_is_named() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    let error = "'response_format' of type 'json_schema' is not supported with this model.";
    let body = json!({ "error": { "message": error } }).to_string();
    let asked = server.next().await;
    asked.answer(400, "application/json", &body).await;
    let failure = failed(running).await;
    assert!(matches!(
        failure,
        Failure::Upstream {
            retryable: false,
            ..
        }
    ));
    let said = failure.to_string();
    assert!(
        said.starts_with("The model “gpt-4o-mini” cannot answer with variables"),
        "{said}"
    );
}
