//! `GET /files/{path}`: a public file, and
//! `GET /api/typebots/{botId}/results/{resultId}/blocks/{blockId}/{name}`: a private one.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use talkloom_store::{Repositories, StoredFile};

use super::{FileKey, headers};
use crate::App;
use crate::chat::{ApiToken, ChatError};

const NO_FILE: &str = "There is no such file. Check the address: it may have been deleted.";

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
        Ok(Some(file)) => serve(&app, &key, &file, request).await,
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
    match files.find(workspace, key.folder(), key.name()).await? {
        Some(file) if file.size.is_some() => Ok(serve(&app, &key, &file, request).await),
        _ => Err(no_file()),
    }
}

/// As the API words it.
fn no_file() -> ChatError {
    ChatError::not_found(NO_FILE)
}

async fn serve(app: &App, key: &FileKey, file: &StoredFile, request: Request) -> Response {
    match app.files.get(key, request).await {
        Ok(mut response) => {
            if response.status() == StatusCode::NOT_FOUND {
                return missing();
            }
            headers::apply(response.headers_mut(), file);
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
