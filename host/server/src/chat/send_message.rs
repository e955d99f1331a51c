//! `POST /api/v1/sendMessage` and `/api/v2/sendMessage`, the deprecated way to start and to reply at
//! one address: thin over the same functions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use talkloom_engine::Message;
use talkloom_engine::message::StartFrom;
use talkloom_store::{Repositories, SessionId};
use utoipa::ToSchema;

use super::body::ChatJson;
use super::client_logs::{self, Line};
use super::idempotency::Key;
use super::origin::Caller;
use super::token::ApiToken;
use super::{ChatError, continue_chat, preview, started};
use crate::App;
use crate::conversation::StartRequest;
use crate::limits::Address;
use crate::openapi::schema;
use crate::versions::LoadedVersion;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SendMessage)]
pub(crate) struct Request {
    #[schema(value_type = Option<schema::Message>)]
    message: Option<Message>,
    session_id: Option<String>,
    start_params: Option<StartParams>,
    client_logs: Option<Vec<Line>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartParams {
    typebot: Bot,
    is_preview: Option<bool>,
    is_stream_enabled: Option<bool>,
    is_only_registering: Option<bool>,
    result_id: Option<String>,
    #[schema(value_type = Option<HashMap<String, Value>>)]
    prefilled_variables: Option<Map<String, Value>>,
    start_group_id: Option<String>,
    #[schema(value_type = Option<schema::StartFrom>)]
    start_from: Option<StartFrom>,
}

/// A bot by its name, or a whole document to preview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = BotToStart)]
enum Bot {
    Name(String),
    #[schema(value_type = HashMap<String, Value>)]
    Document(Map<String, Value>),
}

pub(super) async fn send_message(
    State(app): State<App>,
    token: Option<ApiToken>,
    caller: Caller,
    Key(key): Key,
    address: Address,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let id = request.session_id.map(SessionId);
    let session = match &id {
        Some(id) => app.store.reader().visitors().session(id).await?,
        None => None,
    };
    if let Some(session) = session {
        if let Some(lines) = request.client_logs.filter(|_| !session.is_preview) {
            client_logs::save(&app, &session, &caller, lines).await?;
        }
        let turn = continue_chat::said(&app, &caller, request.message);
        return continue_chat::reply_to(&app, session.id, turn, key, caller).await;
    }
    let Some(params) = request.start_params else {
        return Err(if id.is_some() {
            ChatError::no_session()
        } else {
            ChatError::bad_request("Name a bot to begin with: startParams is missing.")
        });
    };
    app.limits.start(&address).await?;
    let version = params.version(&app, token, &caller).await?;
    let start = StartRequest {
        idempotency_key: key,
        ..params.start(request.message, version.is_preview)
    };
    started::start(&app, version, start).await
}

impl StartParams {
    /// The published version; in a preview the draft, or the document that was sent.
    async fn version(
        &self,
        app: &App,
        token: Option<ApiToken>,
        caller: &Caller,
    ) -> Result<Arc<LoadedVersion>, ChatError> {
        let needs_token = || token.ok_or_else(ChatError::no_token);
        match &self.typebot {
            Bot::Document(document) => preview::of_document(app, &needs_token()?, document).await,
            Bot::Name(bot) if self.is_preview == Some(true) => {
                preview::of_draft(app, &needs_token()?, bot).await
            }
            Bot::Name(public_id) => started::find(app, public_id).await?.open_to(caller),
        }
    }

    fn start(self, message: Option<Message>, is_preview: bool) -> StartRequest {
        let group = self
            .start_group_id
            .map(|group_id| StartFrom::Group { group_id });
        StartRequest {
            message,
            is_stream_enabled: self.is_stream_enabled.unwrap_or_default(),
            is_only_registering: self.is_only_registering.unwrap_or_default(),
            prefilled_variables: self.prefilled_variables.unwrap_or_default(),
            result_id: self.result_id,
            from: self.start_from.or(group).filter(|_| is_preview),
            ..StartRequest::default()
        }
    }
}
