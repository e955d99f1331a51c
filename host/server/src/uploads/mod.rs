//! Uploads: a page asks for a permission and sends the file with it.
//!
//! What may be sent is the business of the block that the conversation waits at; the permission
//! that comes out of that is all the receiving side looks at.

mod announce;
mod cors;
mod expected;
mod generate_upload_url;
mod receive;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{post, put};

use crate::App;

/// What the handlers take and give, for the description.
pub(crate) mod requests {
    pub(crate) use super::generate_upload_url::{Answer as UploadUrl, Request as UploadUrlWanted};
}

/// `POST …/generate-upload-url`: a route of the chat API.
pub fn chat_routes() -> Router<App> {
    Router::new().route(
        "/v3/generate-upload-url",
        post(generate_upload_url::generate_upload_url),
    )
}

/// `PUT /api/uploads/{token}`, which pages of all sites may send to.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/uploads/{token}", put(receive::receive))
        .layer(from_fn(cors::from_anywhere))
}
