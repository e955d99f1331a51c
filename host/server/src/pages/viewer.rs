//! `GET /{publicId}`: the page that a visitor chats in.

use std::error::Error;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use talkloom_store::{Repositories, patiently};

use super::{head, plain, policy, scripts};
use crate::App;
use crate::assets::Viewer;
use crate::chat::is_away;
use crate::versions::LoadedVersion;

pub(super) async fn viewer(State(app): State<App>, Path(public_id): Path<String>) -> Response {
    let version = match published(&app, &public_id).await {
        Ok(Some(version)) => version,
        Ok(None) => return plain::no_bot(),
        Err(error) => {
            if is_away(&*error) {
                tracing::warn!(error = &*error, "a page was not served");
                return plain::away();
            }
            tracing::error!(error = &*error, "a page could not be served");
            return plain::failed();
        }
    };
    let Some(page) = Viewer::get("index.html") else {
        return plain::not_built();
    };
    let page = head::with_metadata(&String::from_utf8_lossy(&page.data), &version);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let fresh = HeaderValue::from_static("no-cache");
    let origins = scripts::origins(&app, &version);
    let policy = policy::with_scripts(origins.iter().map(String::as_str));
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, fresh),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, page).into_response()
}

async fn published(
    app: &App,
    public_id: &str,
) -> Result<Option<Arc<LoadedVersion>>, Box<dyn Error + Send + Sync>> {
    let reader = app.store.reader();
    let published = patiently(|| async { reader.visitors().published(public_id).await }).await?;
    let Some(published) = published else {
        return Ok(None);
    };
    let (workspace, version) = (&published.workspace_id, &published.version_id);
    Ok(app.versions.find(workspace, version).await?)
}
