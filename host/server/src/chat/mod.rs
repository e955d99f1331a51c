//! The chat API: what a visitor's page speaks, ours or the public client of the file format.
//!
//! The shapes are exact: fields are absent rather than null, errors are JSON with a sentence.

mod body;
mod bot;
mod client_logs;
mod continue_chat;
mod cors;
mod error;
mod idempotency;
mod origin;
mod preview;
mod reply;
mod send_message;
mod start_chat;
mod started;
mod stream_message;
mod token;
mod update;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn;
use axum::routing::{get, post};

pub(crate) use body::{ChatJson, read_within};
pub use error::ChatError;
pub(crate) use error::{RETRY_AFTER_S, is_away};
pub(crate) use origin::Caller;
pub use stream_message::routes as stream_routes;
pub use token::ApiToken;

/// What the handlers take, for the description.
pub(crate) mod requests {
    pub(crate) use super::client_logs::Request as ClientLogs;
    pub(crate) use super::continue_chat::Request as ContinueChat;
    pub(crate) use super::preview::Request as StartPreview;
    pub(crate) use super::send_message::Request as SendMessage;
    pub(crate) use super::start_chat::Request as StartChat;
}

use crate::limits::Limits;
use crate::{App, files, listeners, openapi, uploads};

/// The routes under `/api`.
pub fn routes(limits: &Limits) -> Router<App> {
    limits
        .visiting(visitors(limits).merge(listeners::secret_routes()))
        .route("/openapi.json", get(openapi::description))
        .merge(files::api_routes())
        .merge(listeners::api_routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(cors::reflect_origin))
}

/// What visitors' pages ask for.
fn visitors(limits: &Limits) -> Router<App> {
    limits
        .starting(starts())
        .route(
            "/v1/sessions/{session_id}/continueChat",
            post(continue_chat::continue_chat),
        )
        .route("/v1/typebots/{public_id}", get(bot::published_bot))
        .route(
            "/v1/sessions/{session_id}/updateTypebot",
            post(update::update_typebot),
        )
        .route(
            "/v1/sessions/{session_id}/clientLogs",
            post(client_logs::client_logs),
        )
        .route(
            "/v2/sessions/{session_id}/clientLogs",
            post(client_logs::client_logs),
        )
        .route("/v1/sendMessage", post(send_message::send_message))
        .route("/v2/sendMessage", post(send_message::send_message))
        .merge(uploads::chat_routes())
}

fn starts() -> Router<App> {
    Router::new()
        .route(
            "/v1/typebots/{public_id}/startChat",
            post(start_chat::start_chat),
        )
        .route(
            "/v1/typebots/{public_id}/preview/startChat",
            post(preview::start_preview),
        )
        .route(
            "/v1/templates/{slug}/preview/startChat",
            post(preview::start_template),
        )
}

async fn unknown_path() -> ChatError {
    ChatError::not_found("There is nothing at this address. Check the path.")
}

async fn wrong_method(method: Method) -> ChatError {
    ChatError::wrong_method(&method)
}
