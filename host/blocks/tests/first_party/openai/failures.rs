//! What goes wrong at the service.

use serde_json::json;
use talkloom_blocks::{BlockCall, Failure};

use super::{KEY, NAMES, call, delta, done, failed, options, set, start, start_plain};
use crate::runtime;
use crate::server::Server;

async fn answered(status: u16, headers: &str, body: &str) -> Failure {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    let mut asked = server.next().await;
    asked.start_with(status, headers).await;
    asked.send(body).await;
    drop(asked);
    failed(running).await
}

#[tokio::test]
async fn a_busy_service_says_when_to_come_back() {
    let body = "{\"error\":{\"message\":\"Rate limit reached.\"}}";
    let failure = answered(429, "Retry-After: 20\r\n", body).await;
    let expected = Failure::Upstream {
        status: Some(429),
        message: "The model's service answered 429: Rate limit reached. It asks to wait: 20 s."
            .to_owned(),
        retryable: true,
    };
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn a_broken_service_may_be_asked_again() {
    let failure = answered(500, "", "<html>oops</html>").await;
    let Failure::Upstream {
        retryable, message, ..
    } = failure
    else {
        panic!("another failure: {failure:?}");
    };
    assert!(
        retryable && message.ends_with("<html>oops</html>"),
        "{message}"
    );
}

#[tokio::test]
async fn garbage_is_shown_in_part() {
    let garbage = "{\"choices\": \"none\", ".repeat(1_000);
    let failure = answered(200, "Content-Type: application/json\r\n", &garbage).await;
    let said = failure.to_string();
    let start = "The model's service gave no chat completion: {\"choices\"";
    assert!(said.starts_with(start) && said.len() < 500, "{said}");
}

#[tokio::test]
async fn an_empty_stream_is_an_empty_answer() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, _words) = start(&runtime, call(&server, options()));
    let mut asked = server.next().await;
    asked.start(200, "text/event-stream").await;
    asked.send("data: [DONE]\n\n").await;
    assert_eq!(set(&done(running).await)[0], ("answer", &json!("")));
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let (running, mut words) = start(&runtime, call(&server, options()));
    let reading = tokio::spawn(async move {
        let mut bytes = 0;
        while let Some(part) = words.recv().await {
            bytes += part.len();
        }
        bytes
    });
    let mut asked = server.next().await;
    asked.start(200, "text/event-stream").await;
    let word = "word ".repeat(20_000);
    let sending = tokio::spawn(async move {
        for _ in 0..100 {
            delta(&mut asked, &word).await;
        }
    });
    let failure = failed(running).await;
    assert!(matches!(failure, Failure::Denied(_)), "{failure:?}");
    let read = reading.await.expect("nothing panics");
    assert!(read > 3 << 20 && read <= 4 << 20, "{read}");
    // The block hung up, so that the rest goes nowhere.
    assert!(sending.await.is_err());
}

#[tokio::test]
async fn a_whole_answer_of_ten_megabytes_is_refused() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let running = start_plain(&runtime, call(&server, options()));
    let mut asked = server.next().await;
    asked.start(200, "application/json").await;
    let word = "word ".repeat(20_000);
    let sending = tokio::spawn(async move {
        asked
            .send("{\"choices\":[{\"message\":{\"content\":\"")
            .await;
        for _ in 0..300 {
            asked.send(&word).await;
        }
        asked.send("\"}}]}").await;
    });
    let failure = failed(running).await;
    assert!(failure.to_string().contains("MiB"), "{failure}");
    assert!(sending.await.is_err());
}

/// The account's key goes to the account's own address alone, and the builder learns of it.
#[tokio::test]
async fn an_address_in_the_settings_gets_no_key() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let mut options = options();
    options["baseUrl"] = json!(server.url("/openai/deployments/d"));
    options["apiVersion"] = json!("2024-02");
    let mut call = call(&server, options);
    if let Some(credential) = &mut call.credential {
        credential.fields.clear();
    }
    let running = start_plain(&runtime, BlockCall { ..call });
    let asked = server.next().await;
    let line = "POST /openai/deployments/d/chat/completions?api-version=2024-02 HTTP/1.1";
    assert_eq!(asked.line, line);
    assert!(asked.headers.iter().all(|(_, value)| !value.contains(KEY)));
    asked.answer(401, "text/plain", "no key").await;
    let said = failed(running).await.to_string();
    assert!(
        said.contains("write it into the account's base URL"),
        "{said}"
    );
}
