//! All routes.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use crate::{
    App, chat, demo, files, health, listeners, metrics, pages, stopping, telemetry, uploads,
};

/// Builds the routes over the server's state.
pub fn router(app: App) -> Router {
    Router::new()
        .nest("/api", chat::routes())
        .route("/demo/forecast", get(demo::forecast))
        .merge(chat::stream_routes())
        .merge(uploads::routes())
        .merge(files::routes())
        .merge(listeners::routes())
        .merge(pages::routes())
        .layer(from_fn_with_state(app.clone(), stopping::watch))
        .merge(health::routes())
        .layer(from_fn(metrics::count_requests))
        .layer(from_fn(telemetry::identify))
        .with_state(app)
}
