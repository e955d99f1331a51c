//! All routes.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::{App, chat, demo, files, listeners, metrics, pages, telemetry, uploads};

/// Builds the routes over the server's state.
pub fn router(app: App) -> Router {
    Router::new()
        .nest("/api", chat::routes())
        .route("/healthz", get(healthz))
        .route("/demo/forecast", get(demo::forecast))
        .merge(chat::stream_routes())
        .merge(uploads::routes())
        .merge(files::routes())
        .merge(listeners::routes())
        .merge(pages::routes())
        .layer(from_fn(metrics::count_requests))
        .layer(from_fn(telemetry::identify))
        .with_state(app)
}

async fn healthz() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#)
}
