//! Speech and transcriptions.

use serde_json::{Value, json};
use talkloom_blocks::Failure;

use super::{KEY, NAMES, answer, call, done, failed, set, start_plain};
use crate::runtime;
use crate::server::Server;

fn transcription(url: &str) -> Value {
    json!({
        "action": "Create transcription", "url": url, "prompt": "Oslo",
        "transcriptionVariableId": "answer",
    })
}

#[tokio::test]
async fn a_recording_of_another_host_is_written_down() {
    let mut server = Server::start().await;
    let mut elsewhere = Server::start().await;
    let runtime = runtime(NAMES, &[server.address, elsewhere.address]).await;
    let url = elsewhere.url("/clip");
    let running = start_plain(&runtime, call(&server, transcription(&url)));
    let asked = elsewhere.next().await;
    assert_eq!(asked.line, "GET /clip HTTP/1.1");
    assert!(asked.headers.iter().all(|(_, value)| !value.contains(KEY)));
    asked
        .answer(200, "audio/ogg; codecs=opus", "OggS sound")
        .await;

    let asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/audio/transcriptions HTTP/1.1");
    let kind = asked.header("content-type").unwrap_or_default();
    assert!(
        kind.starts_with("multipart/form-data; boundary=form-"),
        "{kind}"
    );
    for part in [
        "name=\"model\"\r\n\r\nwhisper-1\r\n",
        "name=\"prompt\"\r\n\r\nOslo\r\n",
        "name=\"file\"; filename=\"audio.ogg\"\r\nContent-Type: audio/ogg\r\n\r\nOggS sound\r\n",
    ] {
        assert!(asked.body.contains(part), "{}", asked.body);
    }
    answer(asked, &json!({ "text": "Hello Oslo" })).await;
    assert_eq!(
        set(&done(running).await),
        [("answer", &json!("Hello Oslo"))]
    );
}

#[tokio::test]
async fn a_recording_that_is_gone_is_said() {
    let server = Server::start().await;
    let mut elsewhere = Server::start().await;
    let runtime = runtime(NAMES, &[server.address, elsewhere.address]).await;
    let url = elsewhere.url("/clip.mp3");
    let running = start_plain(&runtime, call(&server, transcription(&url)));
    elsewhere
        .next()
        .await
        .answer(404, "text/plain", "gone")
        .await;
    let said = failed(running).await.to_string();
    assert_eq!(
        said,
        "The sound could not be loaded: its host answered 404."
    );
}

#[tokio::test]
async fn what_is_no_sound_is_not_kept() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let options = json!({
        "action": "Create speech", "input": "Hi", "voice": "alloy", "saveUrlInVariableId": "answer",
    });
    let running = start_plain(&runtime, call(&server, options.clone()));
    let asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/audio/speech HTTP/1.1");
    let expected = json!({
        "model": "tts-1", "input": "Hi", "voice": "alloy", "response_format": "mp3",
    });
    assert_eq!(asked.json(), expected);
    answer(asked, &json!({ "error": "busy" })).await;
    let failure = failed(running).await;
    assert!(matches!(failure, Failure::Upstream { .. }), "{failure:?}");
}
