//! `POST /api/v2/sessions/{sessionId}/clientLogs`: what went wrong in the visitor's page, kept with
//! the conversation.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use talkloom_store::repository::NewLog;
use talkloom_store::{Repositories, ResultId, Session, SessionId};
use utoipa::ToSchema;

use super::body::ChatJson;
use super::origin::Caller;
use super::update::Done;
use super::{ChatError, reply};
use crate::App;

/// Lines of one request that are kept.
const MOST_LINES: usize = 50;
/// Characters of a text that are kept.
const LONGEST_TEXT: usize = 1_000;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClientLogs)]
pub(crate) struct Request {
    client_logs: Vec<Line>,
}

/// A line as a page writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ClientLog)]
pub(crate) struct Line {
    status: Option<String>,
    description: String,
    details: Option<Value>,
    context: Option<String>,
}

pub(super) async fn client_logs(
    State(app): State<App>,
    Path(session): Path<String>,
    caller: Caller,
    ChatJson(request): ChatJson<Request>,
) -> Result<Response, ChatError> {
    let session = app
        .store
        .reader()
        .visitors()
        .session(&SessionId(session))
        .await?;
    let session = session.ok_or_else(ChatError::no_session)?;
    save(&app, &session, &caller, request.client_logs).await?;
    Ok(reply::json(&Done {
        message: "Logs successfully saved.",
    }))
}

/// Keeps lines with the result of a conversation.
pub(super) async fn save(
    app: &App,
    session: &Session,
    caller: &Caller,
    lines: Vec<Line>,
) -> Result<(), ChatError> {
    let workspace = &session.workspace_id;
    let version = app.versions.find(workspace, &session.version_id).await?;
    caller.may_talk_to(&*version.ok_or_else(ChatError::no_session)?)?;
    let id = session
        .result_id
        .as_ref()
        .ok_or_else(ChatError::no_session)?;
    let tx = app.store.begin().await?;
    let result = tx.results().find(workspace, &session.bot_id, id).await?;
    result.ok_or_else(ChatError::no_session)?;
    let lines = lines.into_iter().take(MOST_LINES);
    let lines: Vec<_> = lines.map(|line| line.of_result(id)).collect();
    let lines: Vec<_> = lines.iter().collect();
    tx.logs().add(&lines, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

impl Line {
    fn of_result(self, result: &ResultId) -> NewLog {
        let details = self.details.and_then(|details| match details {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        });
        let status = self.status.filter(|status| is_status(status));
        NewLog {
            result_id: result.clone(),
            status: status.unwrap_or_else(|| "error".to_owned()),
            description: shortened(self.description),
            details: details.map(shortened),
            context: self.context.map(shortened),
        }
    }
}

fn is_status(status: &str) -> bool {
    ["error", "warning", "info", "success"].contains(&status)
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}
