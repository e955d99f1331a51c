//! All routes.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use crate::{App, chat, demo, files, health, listeners, pages, stopping, uploads};

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
        .with_state(app)
}
