//! `POST /api/v1/sessions/{sessionId}/continueChat`: a visitor replies.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use talkloom_engine::message::{Limits, TextFormat};
use talkloom_engine::{Message, Reply};
use talkloom_store::SessionId;
use utoipa::ToSchema;

use super::body::ChatJson;
use super::idempotency::Key;
use super::origin::Caller;
use super::{ChatError, reply};
use crate::openapi::schema;
use crate::{App, conversation};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ContinueChat)]
pub(crate) struct Request {
    #[schema(value_type = Option<schema::Message>)]
    message: Option<Message>,
    #[schema(value_type = Option<schema::TextFormat>)]
    text_bubble_content_format: Option<TextFormat>,
}

pub(super) async fn continue_chat(
    State(app): State<App>,
    Path(session_id): Path<String>,
    caller: Caller,
    Key(key): Key,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let turn = Reply {
        text_format: request.text_bubble_content_format,
        ..said(&app, &caller, request.message)
    };
    reply_to(&app, SessionId(session_id), turn, key, caller).await
}

/// A message as the engine takes it.
pub(super) fn said(app: &App, caller: &Caller, message: Option<Message>) -> Reply {
    Reply {
        own_hosts: caller.own_host_in(message.as_ref()).into_iter().collect(),
        message,
        text_format: None,
        limits: Limits {
            blocks: app.config.chat.blocks_per_turn,
        },
    }
}

/// Takes a reply and writes the answer.
pub(super) async fn reply_to(
    app: &App,
    session: SessionId,
    turn: Reply,
    key: Option<String>,
    caller: Caller,
) -> Result<Response, ChatError> {
    let admit = move |version: &_| caller.may_talk_to(version);
    let replied = conversation::reply_once(app, session, turn, key, admit).await?;
    Ok(reply::json(&reply::seen_by_caller(
        replied.reply,
        replied.is_preview,
    )))
}
