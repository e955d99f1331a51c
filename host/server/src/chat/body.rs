//! Reads a request's JSON within limits of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::ChatError;
use crate::App;

/// How long a visitor may take to send a message.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request's JSON; an empty body counts as `{}`.
pub(crate) struct ChatJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for ChatJson<T> {
    type Rejection = ChatError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ChatError> {
        let limit = app.config.chat.body_limit_bytes;
        parse(&read_within(request.into_body(), limit).await?).map(Self)
    }
}

/// Reads a body whole, if it is not too large and does not take too long.
pub(crate) async fn read_within(body: Body, limit: usize) -> Result<bytes::Bytes, ChatError> {
    let reading = tokio::time::timeout(PATIENCE, read(body, limit)).await;
    reading.map_err(|_| ChatError::timeout("The message did not arrive. Send it again."))?
}

async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, ChatError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ChatError::too_large(limit)),
        Err(_) => Err(ChatError::bad_request(
            "The message broke off. Send it again.",
        )),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ChatError> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            ChatError::invalid_input(error.to_string())
        } else {
            ChatError::bad_request(format!("The request is not valid JSON: {error}."))
        }
    })
}
