//! Speech and transcriptions.

use std::sync::Arc;

use serde_json::{Value, json};
use talkloom_blocks::{BlockCall, Failure};

use super::files::Files;
use super::{KEY, NAMES, answer, call, done, failed, set, start_plain};
use crate::runtime;
use crate::server::Server;

fn speech() -> Value {
    json!({
        "action": "Create speech", "input": "Hi", "voice": "alloy", "saveUrlInVariableId": "answer",
    })
}

#[tokio::test]
async fn what_is_spoken_is_kept_as_a_file() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let files = Arc::new(Files::default());
    let call = BlockCall {
        abilities: Some(files.clone()),
        ..call(&server, speech())
    };
    let running = start_plain(&runtime, call);
    let asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/audio/speech HTTP/1.1");
    let expected = json!({
        "model": "tts-1", "input": "Hi", "voice": "alloy", "response_format": "mp3",
    });
    assert_eq!(asked.json(), expected);
    asked.answer(200, "audio/mpeg", "ID3 sound").await;
    let url = json!("https://bot.example/files/1");
    assert_eq!(set(&done(running).await), [("answer", &url)]);
    let kept = files.kept();
    assert_eq!(
        (kept[0].name.as_str(), kept[0].media_type.as_str()),
        ("speech.mp3", "audio/mpeg")
    );
    assert_eq!(kept[0].data, b"ID3 sound");
}

#[tokio::test]
async fn a_recording_of_the_conversation_needs_no_request() {
    let mut server = Server::start().await;
    let runtime = runtime(NAMES, &[server.address]).await;
    let files = Files::with("clip.mp3", b"ID3 voice");
    let call = BlockCall {
        abilities: Some(Arc::new(files)),
        ..call(&server, transcription("https://bot.example/files/1"))
    };
    let running = start_plain(&runtime, call);
    let asked = server.next().await;
    assert_eq!(asked.line, "POST /v1/audio/transcriptions HTTP/1.1");
    assert!(
        asked.body.contains("\r\n\r\nID3 voice\r\n"),
        "{}",
        asked.body
    );
    answer(asked, &json!({ "text": "Hello" })).await;
    assert_eq!(set(&done(running).await), [("answer", &json!("Hello"))]);
}

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
    let running = start_plain(&runtime, call(&server, speech()));
    answer(server.next().await, &json!({ "error": "busy" })).await;
    let failure = failed(running).await;
    assert!(matches!(failure, Failure::Upstream { .. }), "{failure:?}");
}
