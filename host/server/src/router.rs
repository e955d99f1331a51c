//! All routes.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use crate::chat::ChatError;
use crate::config::Role;
use crate::{
    App, block_webhooks, chat, demo, files, health, listeners, metrics, oauth, pages, stopping,
    telemetry, uploads,
};

/// Builds the routes over the server's state.
pub fn router(app: App) -> Router {
    let has = |role| app.config.roles.contains(&role);
    let mut routes = Router::new();
    if has(Role::Api) || has(Role::Realtime) {
        routes = routes.merge(listeners::routes());
    }
    if has(Role::Api) {
        routes = routes.merge(api(&app));
    } else {
        routes = routes.fallback(elsewhere);
    }
    routes
        .layer(from_fn_with_state(app.clone(), stopping::watch))
        .merge(health::routes())
        .layer(from_fn(metrics::count_requests))
        .layer(from_fn(telemetry::identify))
        .with_state(app)
}

/// Everything but connections that stay open.
fn api(app: &App) -> Router<App> {
    Router::new()
        .nest("/api", chat::routes(&app.limits))
        .route("/demo/forecast", get(demo::forecast))
        .merge(chat::stream_routes(&app.limits))
        .merge(block_webhooks::routes(&app.limits))
        .merge(uploads::routes())
        .merge(files::routes())
        .merge(oauth::routes())
        .merge(pages::routes())
}

async fn elsewhere() -> ChatError {
    ChatError::elsewhere("This process answers no such requests. Ask one with the role “api”.")
}
