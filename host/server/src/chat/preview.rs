//! `POST /api/v1/typebots/{typebotId}/preview/startChat` and the same of a template: whoever holds
//! a token tries a draft. The conversation leaves nothing behind but itself.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use talkloom_engine::Message;
use talkloom_engine::message::{StartFrom, TextFormat};
use talkloom_store::{Bot, SessionId};
use utoipa::ToSchema;

use super::body::ChatJson;
use super::token::ApiToken;
use super::{ChatError, started};
use crate::conversation::StartRequest;
use crate::openapi::schema;
use crate::versions::LoadedVersion;
use crate::{App, bots};

/// The longest id that a caller may choose for a session.
const LONGEST_ID: usize = 200;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StartPreview)]
pub(crate) struct Request {
    #[schema(value_type = Option<schema::Message>)]
    message: Option<Message>,
    is_stream_enabled: Option<bool>,
    is_only_registering: Option<bool>,
    #[schema(value_type = Option<HashMap<String, Value>>)]
    prefilled_variables: Option<Map<String, Value>>,
    #[schema(value_type = Option<schema::StartFrom>)]
    start_from: Option<StartFrom>,
    session_id: Option<String>,
    #[schema(value_type = Option<schema::TextFormat>)]
    text_bubble_content_format: Option<TextFormat>,
}

pub(super) async fn start_preview(
    State(app): State<App>,
    Path(bot): Path<String>,
    token: ApiToken,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let request = request.checked()?;
    let version = of_draft(&app, &token, &bot).await?;
    started::start(&app, version, request).await
}

pub(super) async fn start_template(
    State(app): State<App>,
    Path(slug): Path<String>,
    token: ApiToken,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let request = request.checked()?;
    let version = app.versions.template(&token.workspace_id, &slug)?;
    let missing = || ChatError::not_found("There is no template of this name. Try “demo”.");
    started::start(&app, version.ok_or_else(missing)?, request).await
}

/// The draft of a bot of the token's workspace.
pub(super) async fn of_draft(
    app: &App,
    token: &ApiToken,
    bot: &str,
) -> Result<Arc<LoadedVersion>, ChatError> {
    let bot = find(app, token, bot).await?;
    Ok(app.versions.draft(&bot, app.clock.now_ms()).await?)
}

/// A document that the caller sent, in the place of the draft of the bot that it names.
pub(super) async fn of_document(
    app: &App,
    token: &ApiToken,
    document: &Map<String, Value>,
) -> Result<Arc<LoadedVersion>, ChatError> {
    let id = document.get("id").and_then(Value::as_str);
    let bot = find(app, token, id.unwrap_or_default()).await?;
    let document = serde_json::to_string(document).unwrap_or_default();
    let (flow, _) = talkloom_flow::open(document.as_str())
        .map_err(|error| ChatError::bad_request(error.to_string()))?;
    let document = talkloom_flow::print(&flow).to_string();
    let now_ms = app.clock.now_ms();
    let version = app
        .versions
        .preview(&bot.workspace_id, &bot.id, &document, now_ms)
        .await?;
    Ok(version)
}

async fn find(app: &App, token: &ApiToken, bot: &str) -> Result<Bot, ChatError> {
    let bot = bots::find(&app.store, &token.workspace_id, bot).await?;
    bot.filter(|bot| !bot.is_archived)
        .ok_or_else(|| ChatError::not_found("Typebot not found. Check its id."))
}

impl Request {
    fn checked(self) -> Result<StartRequest, ChatError> {
        let id = self.session_id.filter(|id| !id.is_empty());
        Ok(StartRequest {
            message: self.message,
            is_stream_enabled: self.is_stream_enabled.unwrap_or_default(),
            is_only_registering: self.is_only_registering.unwrap_or_default(),
            prefilled_variables: self.prefilled_variables.unwrap_or_default(),
            text_format: self.text_bubble_content_format.unwrap_or_default(),
            from: self.start_from,
            session_id: id.map(session_id).transpose()?,
            ..StartRequest::default()
        })
    }
}

/// An id that the caller chose, to be given back exactly.
fn session_id(id: String) -> Result<SessionId, ChatError> {
    if id.len() > LONGEST_ID || id.chars().any(|c| c.is_control() || c == '/') {
        return Err(ChatError::bad_request(format!(
            "This cannot be a session id. Choose at most {LONGEST_ID} letters, digits and hyphens."
        )));
    }
    Ok(SessionId(id))
}
