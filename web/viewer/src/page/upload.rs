//! Sending a visitor's files.

use serde_json::json;
use web_sys::{File, FormData, Headers, RequestInit};

use super::{Page, net};
use crate::api::ApiError;
use crate::json::Fields;

/// Why a file was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadError {
    /// The server refused it, in its own words.
    Refused(String),
    /// It did not get through.
    Lost,
}

/// Sends a file and gives its address.
pub async fn upload(page: &Page, block: &str, file: &File) -> Result<String, UploadError> {
    let body = json!({"sessionId": page.session(), "blockId": block, "fileName": file.name(),
        "fileType": file.type_(), "fileSize": file.size()});
    let grant = net::post("/api/v3/generate-upload-url", &body)
        .await
        .map_err(|error| match error {
            ApiError::Status {
                status: 400..=499,
                message: Some(message),
            } => UploadError::Refused(message),
            _ => UploadError::Lost,
        })?;
    let target = grant.text("presignedUrl").ok_or(UploadError::Lost)?;
    let address = grant.text("fileUrl").ok_or(UploadError::Lost)?;
    let fields = grant
        .at("formData")
        .as_object()
        .filter(|fields| !fields.is_empty());
    let request = match fields {
        Some(fields) => form(fields, file),
        None => plain(file),
    }
    .map_err(|_| UploadError::Lost)?;
    match net::send(&target, &request).await {
        Ok(response) if response.ok() => Ok(address),
        Ok(response) if response.status() == 413 => Err(UploadError::Refused(format!(
            "{} is too large.",
            file.name()
        ))),
        _ => Err(UploadError::Lost),
    }
}

fn plain(file: &File) -> Result<RequestInit, wasm_bindgen::JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", &file.type_())?;
    headers.set("Cache-Control", "public, max-age=86400")?;
    let request = RequestInit::new();
    request.set_method("PUT");
    request.set_headers(&headers);
    request.set_body(file);
    Ok(request)
}

fn form(
    fields: &serde_json::Map<String, serde_json::Value>,
    file: &File,
) -> Result<RequestInit, wasm_bindgen::JsValue> {
    let form = FormData::new()?;
    for (name, value) in fields {
        form.append_with_str(name, value.as_str().unwrap_or_default())?;
    }
    form.append_with_blob("file", file)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&form);
    Ok(request)
}
