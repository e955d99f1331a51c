//! `POST /api/v3/generate-upload-url`: a page is about to send a file.

use axum::Json;
use axum::extract::State;
use mime_guess::Mime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use talkloom_store::SessionId;

use super::announce::announce;
use super::expected::{Expected, key};
use crate::App;
use crate::chat::{Caller, ChatError, ChatJson};
use crate::conversation::{self, Glance};
use crate::files::{FileKey, StorageError, Upload};
use crate::public_url::PublicUrl;

/// How long a permission lasts.
const LIFETIME_MS: i64 = 10 * 60 * 1_000;

/// What is about to be sent. The block is the one that the conversation waits at, whatever the page
/// says.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = UploadUrlWanted)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    /// The conversation.
    session_id: String,
    /// The file's name.
    file_name: String,
    /// Its media type.
    file_type: Option<String>,
    /// Its bytes.
    file_size: Option<u64>,
}

/// Where to send it, and where it will be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = UploadUrl)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// Takes the file by `PUT`.
    presigned_url: String,
    /// Fields to send along: none, the file is sent by itself.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    form_data: Map<String, Value>,
    /// The media type it is stored with.
    file_type: String,
    /// The most megabytes.
    max_file_size: f64,
    /// Its address, once it is there.
    file_url: String,
}

pub(crate) async fn generate_upload_url(
    State(app): State<App>,
    PublicUrl(base): PublicUrl,
    caller: Caller,
    ChatJson(request): ChatJson<Request>,
) -> Result<Json<Answer>, ChatError> {
    let glance = conversation::peek(&app, &SessionId(request.session_id)).await?;
    caller.may_talk_to(&glance.root)?;
    let media_type = media_type(request.file_type.as_deref(), &request.file_name);
    let expected = Expected::of(&glance, &media_type, app.config.uploads.max_size_mb)?;
    let wanted = key(&glance, expected.is_private, &request.file_name);
    expected.check(&wanted, &media_type, request.file_size)?;

    let file_type = media_type.to_string();
    let size = request.file_size;
    if !app.files.has_room(size.unwrap_or(1)).await.map_err(fault)? {
        return Err(ChatError::no_room());
    }
    let max_bytes = expected.max_bytes();
    let key = announce(&app, &glance, wanted, (&file_type, max_bytes)).await?;
    let upload = Upload {
        file_path: key.to_string(),
        workspace_id: glance.session.workspace_id.0.clone(),
        // What the page sends its file with is what it said, to the letter.
        file_type: request.file_type.unwrap_or_default(),
        max_file_size: max_bytes,
        file_size: size,
        expires_at: app.clock.now_ms() + LIFETIME_MS,
    };
    let presigned_url = app.files.sign_upload(&base, upload).await;
    Ok(Json(Answer {
        presigned_url: presigned_url.map_err(fault)?,
        form_data: Map::new(),
        file_type,
        max_file_size: expected.max_megabytes,
        file_url: address(&base, &glance, &key),
    }))
}

fn fault(error: StorageError) -> ChatError {
    ChatError::fault(&error)
}

/// What the page says, else what the name says.
fn media_type(said: Option<&str>, name: &str) -> Mime {
    said.and_then(|said| said.parse().ok())
        .unwrap_or_else(|| mime_guess::from_path(name).first_or_octet_stream())
}

/// A private file's address is one of the API, which asks for a token.
fn address(base: &str, glance: &Glance, key: &FileKey) -> String {
    let private = format!("private/workspaces/{}/", glance.session.workspace_id);
    match key.to_string().strip_prefix(&private) {
        Some(path) => format!("{base}/api/{path}"),
        None => format!("{base}/files/{key}"),
    }
}
