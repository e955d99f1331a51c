//! `GET /{publicId}`: the page that a visitor chats in.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use talkloom_store::Repositories;

use super::plain;
use crate::App;
use crate::assets::Viewer;

pub(super) async fn viewer(State(app): State<App>, Path(public_id): Path<String>) -> Response {
    // The page tells the visitor itself when there is no bot; programs go by the status.
    let status = match app.store.reader().visitors().published(&public_id).await {
        Ok(Some(_)) => StatusCode::OK,
        Ok(None) if public_id.contains('.') => return plain::not_found().await,
        Ok(None) => StatusCode::NOT_FOUND,
        Err(error) => {
            tracing::error!(%error, "a page could not be served");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    match Viewer::get("index.html") {
        Some(page) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            let fresh = HeaderValue::from_static("no-cache");
            (
                status,
                [(CONTENT_TYPE, kind), (CACHE_CONTROL, fresh)],
                page.data,
            )
                .into_response()
        }
        None => plain::not_built(),
    }
}
