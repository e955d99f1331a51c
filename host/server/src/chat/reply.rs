//! What goes back to the page.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use talkloom_engine::output::ChatReply;

/// Lines that tell of a bot's requests to other servers: for the bot's builder only.
const BUILDERS_ONLY: [&str; 2] = [
    "Webhook successfuly executed.",
    "Webhook returned an error.",
];

/// Takes out of a reply's log what visitors must not see: requests to other servers, and details,
/// which may quote those servers' answers. In a preview it is all for the bot's builder.
pub(super) fn seen_by_caller(mut reply: ChatReply, is_preview: bool) -> ChatReply {
    if is_preview {
        return reply;
    }
    reply
        .logs
        .retain(|line| !BUILDERS_ONLY.contains(&line.description.as_str()));
    for line in &mut reply.logs {
        line.details = None;
    }
    reply
}

/// Writes a body as JSON.
pub(super) fn json(body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let kind = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, kind)], bytes).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a reply could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
