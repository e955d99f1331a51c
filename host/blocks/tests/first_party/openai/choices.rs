//! Models and voices, listed while someone edits a bot.

use serde_json::{Value, json};
use talkloom_blocks::{BlockCall, Failure, Runtime};

use super::{KEY, NAMES, answer, call};
use crate::runtime;
use crate::server::Server;

async fn listed(runtime: &Runtime, call: BlockCall, field: &str) -> Result<Vec<String>, Failure> {
    let listed = runtime.choices(call, field).await?;
    Ok(listed.into_iter().map(|choice| choice.value).collect())
}

fn models() -> Value {
    let ids = [
        "whisper-1",
        "tts-1",
        "gpt-5",
        "gpt-4o-mini",
        "text-embedding-3-small",
    ];
    json!({ "object": "list", "data": ids.map(|id| json!({ "id": id })) })
}

#[tokio::test]
async fn models_are_listed_by_what_they_do() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    for (action, expected) in [
        ("Create chat completion", &["gpt-4o-mini", "gpt-5"][..]),
        ("Ask Model", &["gpt-4o-mini", "gpt-5"]),
        ("Generate variables", &["gpt-4o-mini", "gpt-5"]),
        ("Create speech", &["tts-1"]),
        ("Create transcription", &["whisper-1"]),
    ] {
        let call = call(&server, json!({ "action": action }));
        let listing = {
            let runtime = runtime.clone();
            tokio::spawn(async move { listed(&runtime, call, "model").await })
        };
        let asked = server.next().await;
        assert_eq!(asked.line, "GET /v1/models HTTP/1.1");
        let bearer = format!("Bearer {KEY}");
        assert_eq!(asked.header("authorization"), Some(bearer.as_str()));
        answer(asked, &models()).await;
        let listed = listing.await.expect("nothing panics").expect("it lists");
        assert_eq!(listed, expected, "{action}");
    }
}

#[tokio::test]
async fn voices_are_known_without_asking() {
    let server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let call = call(&server, json!({ "action": "Create speech" }));
    let voices = listed(&runtime, call, "voice").await.expect("it lists");
    assert_eq!((voices.len(), voices[0].as_str()), (11, "alloy"));
}

#[tokio::test]
async fn an_account_is_asked_for() {
    let server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let call = BlockCall {
        credential: None,
        ..call(&server, json!({ "action": "Ask Model" }))
    };
    let failure = listed(&runtime, call, "model")
        .await
        .expect_err("it is refused");
    assert!(
        failure.to_string().starts_with("Choose an OpenAI account"),
        "{failure}"
    );
}
