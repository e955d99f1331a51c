//! `POST /api/v1/sessions/{sessionId}/updateTypebot`: a conversation goes on with the newest version.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use talkloom_store::SessionId;

use super::token::ApiToken;
use super::{ChatError, reply};
use crate::{App, conversation};

/// What comes back when there is nothing to tell but that it was done.
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) message: &'static str,
}

pub(super) async fn update_typebot(
    State(app): State<App>,
    Path(session): Path<String>,
    token: ApiToken,
) -> Result<Response, ChatError> {
    conversation::update(&app, &token.workspace_id, SessionId(session)).await?;
    Ok(reply::json(&Done { message: "success" }))
}
