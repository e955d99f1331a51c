//! `POST /api/v1/typebots/{publicId}/startChat`: a visitor begins a conversation.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use talkloom_engine::Message;
use talkloom_engine::message::TextFormat;
use talkloom_engine::output::ChatReply;
use talkloom_store::Repositories;

use super::body::ChatJson;
use super::idempotency::Key;
use super::origin::Caller;
use super::{ChatError, reply};
use crate::App;
use crate::conversation::{self, StartRequest};
use crate::versions::LoadedVersion;

const BOT_CLOSED: &str = "This bot is now closed";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    message: Option<Message>,
    is_stream_enabled: Option<bool>,
    is_only_registering: Option<bool>,
    prefilled_variables: Option<Map<String, Value>>,
    result_id: Option<String>,
    text_bubble_content_format: Option<TextFormat>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_id: Option<&'a str>,
    typebot: Bot<'a>,
    #[serde(flatten)]
    reply: ChatReply,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bot<'a> {
    id: &'a str,
    version: &'a str,
    theme: &'a RawValue,
    settings: &'a RawValue,
    published_at: &'a str,
}

pub(super) async fn start_chat(
    State(app): State<App>,
    Path(public_id): Path<String>,
    caller: Caller,
    Key(key): Key,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let missing =
        || ChatError::not_found("Typebot not found. Check its address: it may not be published.");
    let published = app.store.reader().visitors().published(&public_id).await?;
    let published = published.ok_or_else(missing)?;
    let version = app
        .versions
        .find(&published.workspace_id, &published.version_id)
        .await?;
    let version = version.ok_or_else(missing)?;
    if published.is_closed {
        return Err(ChatError::bad_request(closed_message(&version)));
    }
    caller.may_talk_to(&version)?;

    let request = StartRequest {
        idempotency_key: key,
        ..request.into()
    };
    let began = conversation::start(&app, version, request).await?;
    let version = began.version;
    let flow = &version.flow;
    Ok(reply::json(&Answer {
        session_id: began.session_id.as_str(),
        result_id: began.result_id.as_ref().map(|id| id.as_str()),
        typebot: Bot {
            id: version.bot_id.as_str(),
            version: flow.document().version.text(),
            theme: &version.theme.with(flow, &began.state),
            settings: &version.settings.with(flow, &began.state),
            published_at: &version.published_at,
        },
        reply: reply::for_visitors(began.reply),
    }))
}

fn closed_message(version: &LoadedVersion) -> String {
    let settings = version.flow.document().settings.get();
    let general = settings.and_then(|settings| settings.general.get());
    let messages = general.and_then(|general| general.system_messages.get());
    let message = messages.and_then(|messages| messages.bot_closed.filled());
    message.unwrap_or(BOT_CLOSED).to_owned()
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
            idempotency_key: None,
        }
    }
}
