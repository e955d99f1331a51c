//! The chat API: what a visitor's page speaks, ours or the public client of the file format.
//!
//! The shapes are exact: fields are absent rather than null, errors are JSON with a sentence.

mod body;
mod continue_chat;
mod cors;
mod error;
mod idempotency;
mod origin;
mod reply;
mod start_chat;
mod token;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::post;

pub(crate) use body::ChatJson;
pub use error::ChatError;
pub(crate) use origin::Caller;
pub use token::ApiToken;

use crate::{App, files, uploads};

/// The routes under `/api`.
pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/v1/typebots/{public_id}/startChat",
            post(start_chat::start_chat),
        )
        .route(
            "/v1/sessions/{session_id}/continueChat",
            post(continue_chat::continue_chat),
        )
        .merge(uploads::chat_routes())
        .merge(files::api_routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(cors::reflect_origin))
}

async fn unknown_path() -> ChatError {
    ChatError::not_found("There is nothing at this address. Check the path.")
}

async fn wrong_method() -> ChatError {
    ChatError::wrong_method()
}
