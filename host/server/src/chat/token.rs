//! Callers that show an API token: `Authorization: Bearer tlk_…`.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use talkloom_store::{Repositories, TokenId, WorkspaceId};

use super::ChatError;
use crate::{App, tokens};

/// How old the noted last use may get, so that not every request writes.
const NOTED_MS: i64 = 60_000;

/// A caller that showed a valid token; without one the request is answered 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// The token's id.
    pub id: TokenId,
    /// The workspace whose bots it reaches.
    pub workspace_id: WorkspaceId,
}

impl FromRequestParts<App> for ApiToken {
    type Rejection = ChatError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ChatError> {
        let shown = bearer(parts).ok_or_else(ChatError::no_token)?;
        find(app, shown).await?.ok_or_else(ChatError::bad_token)
    }
}

/// No token is fine; a wrong one is not.
impl OptionalFromRequestParts<App> for ApiToken {
    type Rejection = ChatError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ChatError> {
        match bearer(parts) {
            None => Ok(None),
            Some(shown) => match find(app, shown).await? {
                Some(token) => Ok(Some(token)),
                None => Err(ChatError::bad_token()),
            },
        }
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

async fn find(app: &App, shown: &str) -> Result<Option<ApiToken>, ChatError> {
    if !shown.starts_with(tokens::PREFIX) {
        return Ok(None);
    }
    // The digest is looked up, not the token: how long that takes tells nothing of any token.
    let digest = tokens::digest(shown);
    let now_ms = app.clock.now_ms();
    let tokens = app.store.reader().api_tokens();
    let Some(row) = tokens.owner(&digest, now_ms).await? else {
        return Ok(None);
    };
    if row
        .last_used_at
        .is_none_or(|used| used + NOTED_MS <= now_ms)
    {
        let tx = app.store.begin().await?;
        tx.api_tokens()
            .touch(&row.workspace_id, &row.id, now_ms)
            .await?;
        tx.commit().await?;
    }
    Ok(Some(ApiToken {
        id: row.id,
        workspace_id: row.workspace_id,
    }))
}
