//! The block type of old documents.

use serde_json::json;
use talkloom_blocks::{BlockCall, Outcome};

use super::{NAMES, answer, call, done, set, start_plain};
use crate::runtime;
use crate::server::Server;

#[tokio::test]
async fn an_old_block_answers() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let old = |options| BlockCall {
        block_type: "OpenAI".into(),
        ..call(&server, options)
    };
    let unfinished = done(start_plain(&runtime, old(json!({})))).await;
    assert_eq!(unfinished, Outcome::default());
    let options = json!({
        "task": "Create chat completion",
        "messages": [{ "id": "m", "role": "Dialogue", "dialogueVariableId": "dialogue" }],
        "responseMapping": [
            { "id": "r", "valueToExtract": "Message content", "variableId": "answer" },
        ],
    });
    let running = start_plain(&runtime, old(options));
    let asked = server.next().await;
    let sent = asked.json();
    assert_eq!(
        (&sent["model"], &sent["stream"]),
        (&json!("gpt-3.5-turbo"), &json!(true))
    );
    assert_eq!(
        sent["messages"][1],
        json!({ "role": "assistant", "content": "Hello!" })
    );
    answer(
        asked,
        &json!({ "choices": [{ "message": { "content": "Fine." } }] }),
    )
    .await;
    assert_eq!(set(&done(running).await), [("answer", &json!("Fine."))]);
}
