//! `POST /api/v1/typebots/{publicId}/startChat`: a visitor begins a conversation.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use talkloom_engine::Message;
use talkloom_engine::message::TextFormat;
use utoipa::ToSchema;

use super::body::ChatJson;
use super::idempotency::Key;
use super::origin::Caller;
use super::{ChatError, started};
use crate::App;
use crate::conversation::StartRequest;
use crate::openapi::schema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StartChat)]
pub(crate) struct Request {
    #[schema(value_type = Option<schema::Message>)]
    message: Option<Message>,
    is_stream_enabled: Option<bool>,
    is_only_registering: Option<bool>,
    #[schema(value_type = Option<HashMap<String, Value>>)]
    prefilled_variables: Option<Map<String, Value>>,
    result_id: Option<String>,
    #[schema(value_type = Option<schema::TextFormat>)]
    text_bubble_content_format: Option<TextFormat>,
}

pub(super) async fn start_chat(
    State(app): State<App>,
    Path(public_id): Path<String>,
    caller: Caller,
    Key(key): Key,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let version = started::find(&app, &public_id).await?.open_to(&caller)?;
    let request = StartRequest {
        idempotency_key: key,
        ..request.into()
    };
    started::start(&app, version, request).await
}

impl From<Request> for StartRequest {
    fn from(request: Request) -> Self {
        Self {
            message: request.message,
            is_stream_enabled: request.is_stream_enabled.unwrap_or_default(),
            is_only_registering: request.is_only_registering.unwrap_or_default(),
            prefilled_variables: request.prefilled_variables.unwrap_or_default(),
            result_id: request.result_id,
            text_format: request.text_bubble_content_format.unwrap_or_default(),
            ..Self::default()
        }
    }
}
