//! Chat completions, streamed and whole.

use serde_json::{Value, json};
use talkloom_blocks::{BlockCall, Failure};

use super::{KEY, NAMES, call, delta, options, start};
use crate::runtime;
use crate::server::Server;

#[tokio::test]
async fn words_arrive_before_the_answer_ends() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, mut words) = start(&runtime, call(&server, options()));

    let mut asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/chat/completions HTTP/1.1");
    let bearer = format!("Bearer {KEY}");
    assert_eq!(asked.header("authorization"), Some(bearer.as_str()));
    assert_eq!(asked.header("api-key"), Some(KEY));
    assert!(!asked.body.contains(KEY));
    let sent: Value = serde_json::from_str(&asked.body).expect("it is JSON");
    let expected = json!({
        "model": "gpt-4o-mini",
        "messages": [
            { "role": "system", "content": "Be kind." },
            { "role": "user", "content": "Hi" },
            { "role": "assistant", "content": "Hello!" },
            { "role": "user", "content": "How are you?" },
        ],
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    assert_eq!(sent, expected);

    asked.start(200, "text/event-stream").await;
    delta(&mut asked, "Very ").await;
    // The server says nothing more until the visitor has the first word.
    assert_eq!(words.recv().await.as_deref(), Some("Very "));
    delta(&mut asked, "well.").await;
    assert_eq!(words.recv().await.as_deref(), Some("well."));
    asked
        .send("data: {\"choices\":[],\"usage\":{\"total_tokens\":12}}\n\ndata: [DONE]\n\n")
        .await;

    let outcome = running.await.expect("nothing panics").expect("it answers");
    let answer = ("answer".to_owned(), json!("Very well."));
    assert_eq!(
        outcome.assignments,
        [answer, ("tokens".to_owned(), json!(12))]
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_counts() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, _words) = start(&runtime, call(&server, options()));
    let mut asked = server.next().await;
    asked.start(200, "text/event-stream").await;
    delta(&mut asked, "Very ").await;
    asked
        .send("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")
        .await;
    drop(asked);

    let outcome = running.await.expect("nothing panics").expect("it answers");
    assert_eq!(
        outcome.assignments[0],
        ("answer".to_owned(), json!("Very "))
    );
    assert_eq!(outcome.logs[0].detail.as_deref(), Some("overloaded"));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, _words) = start(&runtime, call(&server, options()));
    let answer =
        "{\"choices\":[{\"message\":{\"content\":\"Well.\"}}],\"usage\":{\"total_tokens\":3}}";
    server
        .next()
        .await
        .answer(200, "application/json", answer)
        .await;
    let outcome = running.await.expect("nothing panics").expect("it answers");
    let set = [
        ("answer".to_owned(), json!("Well.")),
        ("tokens".to_owned(), json!(3)),
    ];
    assert_eq!(outcome.assignments, set);
}

#[tokio::test]
async fn a_refusal_says_why_without_the_key() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, _words) = start(&runtime, call(&server, options()));
    let body = json!({ "error": { "message": format!("Incorrect API key: {KEY}") } });
    server
        .next()
        .await
        .answer(401, "application/json", &body.to_string())
        .await;
    let failure = running
        .await
        .expect("nothing panics")
        .expect_err("it is refused");
    let Failure::Upstream {
        status,
        message,
        retryable,
    } = failure
    else {
        panic!("another failure: {failure:?}");
    };
    assert_eq!((status, retryable), (Some(401), false));
    assert!(message.contains("Incorrect API key: "), "{message}");
    assert!(!message.contains(KEY), "{message}");
}

#[tokio::test]
async fn a_server_of_ones_own_needs_no_account() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let mut options = options();
    options["baseUrl"] = json!(server.url("/v1"));
    let call = BlockCall {
        credential: None,
        ..call(&server, options)
    };
    let (running, _words) = start(&runtime, call);
    let asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(asked.header("api-key"), None);
    let answer = "{\"choices\":[{\"message\":{\"content\":\"Well.\"}}]}";
    asked.answer(200, "application/json", answer).await;
    let outcome = running.await.expect("nothing panics").expect("it answers");
    assert_eq!(outcome.assignments[0].1, json!("Well."));
}

#[tokio::test]
async fn without_account_and_address_nothing_is_asked() {
    let server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let call = BlockCall {
        credential: None,
        ..call(&server, options())
    };
    let (running, _words) = start(&runtime, call);
    let failure = running
        .await
        .expect("nothing panics")
        .expect_err("it is refused");
    assert_eq!(
        failure.to_string(),
        "Choose an OpenAI account in the block's settings, or the address of a server that needs \
         no key."
    );
}
