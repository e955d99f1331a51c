//! `POST /api/v2/sessions/{sessionId}/streamMessage`: a page shows an answer as it comes.
//!
//! The body is lines of the AI SDK's data stream, version 1. Pages stand still after a stream
//! without text, so each has some: where the block fails, a sentence that says so.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use serde::Deserialize;
use serde_json::Value;
use talkloom_engine::effect::{BlockFailure, BlockOutcome};
use talkloom_engine::output::LogLine;
use talkloom_store::SessionId;
use tokio::sync::mpsc;

use super::{Caller, ChatError, ChatJson};
use crate::App;
use crate::conversation::{self, Admission, AwaitedStream, Place};
use crate::limits::Limits;

/// Parts that wait between the block and the page: a slow page slows the block down.
const PARTS: usize = 16;
const SORRY: &str = "Sorry, I cannot answer right now. Please try again in a moment.";
const FINISHED: &str = "d:{\"finishReason\":\"stop\"}\n";
/// Tells proxies to pass each part on at once.
const UNBUFFERED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
);

/// What a page sends. The messages of old pages are not looked at: the block knows its own.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    /// Messages for the model, from pages that put them together themselves.
    #[serde(rename = "messages")]
    _messages: Option<Value>,
}

/// The route under both versions; pages of all sites may ask.
pub fn routes(limits: &Limits) -> Router<App> {
    let routes = Router::new()
        .route(
            "/api/v1/sessions/{session_id}/streamMessage",
            post(stream_message),
        )
        .route(
            "/api/v2/sessions/{session_id}/streamMessage",
            post(stream_message),
        );
    limits
        .visiting(routes)
        .method_not_allowed_fallback(super::wrong_method)
        .layer(from_fn(from_anywhere))
}

pub(crate) async fn stream_message(
    State(app): State<App>,
    Path(session_id): Path<String>,
    caller: Caller,
    ChatJson(_): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let glance = conversation::peek(&app, &SessionId(session_id)).await?;
    caller.may_talk_to(&glance.root)?;
    let awaited = AwaitedStream::of(&glance).ok_or_else(|| {
        ChatError::bad_request("This conversation does not wait for an answer to stream.")
    })?;
    let (lines, body) = mpsc::channel(1);
    match app.streams.admit(&app, &awaited).await {
        Admission::Granted(place) => {
            // Counted among the turns: the server ends after it.
            let answering = answer(app.clone(), awaited, lines, place);
            drop(app.turns.spawn(answering));
        }
        // Pages try once more after this status, a few seconds later.
        Admission::Running => return Err(ChatError::busy()),
        Admission::TooOften => {
            // The channel holds one: there is room.
            let _ = lines.try_send(part(SORRY));
        }
    }
    let lines = stream::unfold(body, |mut body| async {
        let line = body.recv().await?;
        Some((Ok::<_, Infallible>(line), body))
    });
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        UNBUFFERED,
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Calls the block and passes its text on, until the block is done or the visitor has left.
async fn answer(app: App, awaited: AwaitedStream, lines: mpsc::Sender<Bytes>, _place: Place) {
    let (live, mut parts) = mpsc::channel(PARTS);
    let calling = awaited.call(&app, live);
    tokio::pin!(calling);
    let mut has_text = false;
    let ended = loop {
        tokio::select! {
            biased;
            // Dropping the call stops the block.
            () = lines.closed() => return,
            Some(text) = parts.recv() => {
                has_text = true;
                if lines.send(part(&text)).await.is_err() {
                    return;
                }
            }
            ended = &mut calling => break ended,
            () = app.stopping.is_over() => break Err(cut_off()),
        }
    };
    while let Ok(text) = parts.try_recv() {
        has_text = true;
        // A visitor who is gone by now misses nothing but this.
        let _ = lines.send(part(&text)).await;
    }
    if !has_text {
        let _ = lines.send(part(instead(&awaited, &ended))).await;
    }
    // Before the end is told: the page replies at once.
    if let Ok(outcome) = &ended
        && let Err(error) = awaited.keep(&app, outcome).await
    {
        tracing::error!(%error, "what a streamed answer set could not be stored");
    }
    let _ = lines.send(Bytes::from_static(FINISHED.as_bytes())).await;
    if let Err(error) = awaited.log(&app, told(ended)).await {
        tracing::error!(%error, "a streamed answer's log could not be stored");
    }
}

fn cut_off() -> BlockFailure {
    BlockFailure {
        code: "stopped".to_owned(),
        message: "The server was restarted before the answer was whole.".to_owned(),
        details: None,
    }
}

/// What the page shows where the block gave no text. Why it failed is for the builder's eyes.
fn instead<'e>(awaited: &AwaitedStream, ended: &'e Result<BlockOutcome, BlockFailure>) -> &'e str {
    match ended {
        Err(failure) if awaited.is_preview() => &failure.message,
        _ => SORRY,
    }
}

fn told(ended: Result<BlockOutcome, BlockFailure>) -> Vec<LogLine> {
    match ended {
        Ok(outcome) => outcome.logs,
        Err(failure) => vec![LogLine {
            status: "error".to_owned(),
            description: failure.message,
            details: failure.details,
            context: Some("While streaming an answer".to_owned()),
        }],
    }
}

/// `0:"text"` and a line's end.
fn part(text: &str) -> Bytes {
    Bytes::from(format!("0:{}\n", Value::from(text)))
}

async fn from_anywhere(request: HttpRequest, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (ACCESS_CONTROL_EXPOSE_HEADERS, "Content-Length, X-JSON"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
