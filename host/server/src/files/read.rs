//! `GET /files/{path}`: a public file,
//! `GET /api/typebots/{botId}/results/{resultId}/blocks/{blockId}/{name}`: a private one, and
//! `GET /files/signed/{token}`: any, for those who were given the address.
//!
//! Where files are in a store of their own, the answer leads there with a signed address.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use talkloom_store::{Repositories, StoredFile};

use super::settle::settle;
use super::storage::Shown;
use super::{FileKey, headers};
use crate::App;
use crate::chat::{ApiToken, ChatError};

const NO_FILE: &str = "There is no such file. Check the address: it may have been deleted.";
/// How long a private file's signed address works: the way from here to the store.
const PRIVATE_TTL: Duration = Duration::from_secs(60);
/// A public file's address is kept by browsers for a part of the time that it works.
const PUBLIC_TTL: Duration = Duration::from_secs(60 * 60);
const PUBLIC_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=1800");

pub(super) async fn public(
    State(app): State<App>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let Some(key) = FileKey::parse(&path) else {
        return missing();
    };
    let visitors = app.store.reader().visitors();
    match visitors.file(key.folder(), key.name()).await {
        Ok(Some(file)) => once_arrived(&app, &key, file, request).await,
        Ok(None) => missing(),
        Err(error) => broken(&error),
    }
}

pub(super) async fn private(
    State(app): State<App>,
    Path((bot, result, block, name)): Path<(String, String, String, String)>,
    token: ApiToken,
    request: Request,
) -> Result<Response, ChatError> {
    let workspace = &token.workspace_id;
    let folder = [
        "private",
        "workspaces",
        workspace.as_str(),
        "typebots",
        &bot,
        "results",
        &result,
        "blocks",
        &block,
    ];
    let path = format!("{}/{name}", folder.join("/"));
    let Some(key) = FileKey::parse(&path) else {
        return Err(no_file());
    };
    let files = app.store.reader().files();
    let Some(file) = files.find(workspace, key.folder(), key.name()).await? else {
        return Err(no_file());
    };
    let response = once_arrived(&app, &key, file, request).await;
    match response.status() {
        StatusCode::NOT_FOUND => Err(no_file()),
        _ => Ok(response),
    }
}

/// The address is the permission: no row is looked at.
pub(super) async fn signed(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let permit = match app.files.verify_read(&token).await {
        Ok(permit) => permit,
        Err(error) => return broken(&error),
    };
    let key = permit.as_ref().map(|permit| &permit.file_path);
    let key = key.and_then(|path| FileKey::parse(path));
    let (Some(permit), Some(key)) = (permit, key) else {
        let told = "This address is not valid or too old. Go back and open the file again.";
        return (StatusCode::FORBIDDEN, told).into_response();
    };
    from_here(&app, &key, &permit.shown, request).await
}

/// As the API words it.
fn no_file() -> ChatError {
    ChatError::not_found(NO_FILE)
}

async fn once_arrived(app: &App, key: &FileKey, file: StoredFile, request: Request) -> Response {
    let file = match settle(app, file).await {
        Ok(Some(file)) => file,
        Ok(None) => return missing(),
        Err(error) => return broken(&error),
    };
    let shown = Shown::from(&file);
    // A signature holds for one method.
    if app.files.is_direct() && request.method() != Method::HEAD {
        return from_the_store(app, key, &shown).await;
    }
    from_here(app, key, &shown, request).await
}

async fn from_the_store(app: &App, key: &FileKey, shown: &Shown) -> Response {
    let ttl = if shown.is_private {
        PRIVATE_TTL
    } else {
        PUBLIC_TTL
    };
    let address = app.files.signed_read("", key, shown, ttl).await;
    let location = match address.map(|address| HeaderValue::from_str(&address)) {
        Ok(Ok(location)) => location,
        Ok(Err(error)) => return broken(&error),
        Err(error) => return broken(&error),
    };
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    if shown.is_private {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    } else {
        headers.insert(CACHE_CONTROL, PUBLIC_CACHE);
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

async fn from_here(app: &App, key: &FileKey, shown: &Shown, request: Request) -> Response {
    match app.files.serve(key, request).await {
        Ok(mut response) => {
            if response.status() == StatusCode::NOT_FOUND {
                return missing();
            }
            headers::apply(response.headers_mut(), shown);
            response
        }
        Err(error) => broken(&error),
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, NO_FILE).into_response()
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::error!(error, "a file could not be read");
    let text = "The file could not be read. Try again in a moment.";
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}
