//! What a supervisor asks: `/healthz` whether the process lives, `/readyz` whether it takes turns.

mod check;
mod report;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

pub use check::Health;

use crate::App;
use report::Report;

/// `/healthz` and `/readyz`, which answer whatever happens to the rest.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

async fn healthz() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#)
}

async fn readyz(State(app): State<App>) -> Response {
    let report = if app.stopping.has_begun() {
        Report::stopping()
    } else {
        app.health.report(&app).await
    };
    let status = if report.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let fresh = HeaderValue::from_static("no-store");
    (status, [(CACHE_CONTROL, fresh)], axum::Json(report)).into_response()
}
