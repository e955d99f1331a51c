//! `PUT /api/uploads/{token}`: a file arrives.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use talkloom_store::{Repositories, WorkspaceId};

use crate::App;
use crate::chat::ChatError;
use crate::files::{FileKey, StorageError, Upload};

pub(super) async fn receive(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ChatError> {
    let invalid = || {
        let message = "This upload address is not valid or too old. Choose the file again.";
        ChatError::forbidden(message)
    };
    let upload = app.files.verify_upload(&token).await.map_err(refused)?;
    let upload = upload.ok_or_else(invalid)?;
    let key = FileKey::parse(&upload.file_path).ok_or_else(invalid)?;
    if announced_bytes(&headers).is_some_and(|bytes| bytes > upload.max_file_size) {
        return Err(ChatError::file_too_large(upload.max_file_size));
    }
    let max_bytes = Some(upload.max_file_size);
    let stored = app.files.put(&key, &upload.file_type, body, max_bytes);
    let stored = stored.await;
    let bytes = stored.map_err(refused)?;
    note(&app, &key, upload, bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// From here on the file can be read.
async fn note(app: &App, key: &FileKey, upload: Upload, bytes: u64) -> Result<(), ChatError> {
    let workspace = WorkspaceId(upload.workspace_id);
    let size = i64::try_from(bytes).unwrap_or(i64::MAX);
    let tx = app.store.begin().await?;
    tx.files()
        .arrived(&workspace, key.folder(), key.name(), size)
        .await?;
    tx.commit().await?;
    tracing::debug!(bytes, "file stored");
    Ok(())
}

fn announced_bytes(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn refused(error: StorageError) -> ChatError {
    match error {
        StorageError::TooLarge(limit) => ChatError::file_too_large(limit),
        StorageError::BrokeOff => ChatError::bad_request("The file broke off. Send it again."),
        StorageError::Busy => ChatError::overloaded(),
        StorageError::Stalled(_) => {
            ChatError::timeout("The file did not arrive. Check your connection and send it again.")
        }
        StorageError::Full => ChatError::no_room(),
        error @ (StorageError::Disk { .. } | StorageError::Remote { .. }) => {
            ChatError::fault(&error)
        }
    }
}
