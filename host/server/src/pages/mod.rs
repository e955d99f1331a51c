//! The pages that the server itself gives out, and their files.

mod files;
mod head;
mod plain;
mod policy;
mod scripts;
mod viewer;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::App;

/// `/`, `/{publicId}` and `/_assets/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(plain::home))
        .route("/_assets/viewer/{*path}", get(files::viewer))
        .route("/{public_id}", get(viewer::viewer))
        .fallback(plain::not_found)
        .layer(from_fn(policy::secure))
        .layer(CompressionLayer::new())
}
