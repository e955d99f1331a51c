//! `POST|GET /api/blocks/{secret}/{blockType}/{webhook}`: a service tells a block that something
//! happened. The address has a secret part, one for each credential; whether a request is signed as
//! it should be is the block's to say.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use talkloom_blocks::{Event, Failure, Received, WebhookCall, WebhookRequest, WebhookResponse};
use talkloom_store::{
    CredentialId, Repositories, ResultId, StoreError, WebhookAddress, WorkspaceId,
};

use crate::App;
use crate::abilities::Reach;
use crate::chat::{ChatError, read_within};
use crate::credentials;
use crate::limits::Limits;
use crate::listeners;

/// The largest request, in bytes.
const LARGEST: usize = 1 << 20;

/// The routes. Senders are as many as visitors' addresses may be.
pub fn routes(limits: &Limits) -> Router<App> {
    let routes = Router::new()
        .route(
            "/api/blocks/{secret}/{block_type}/{webhook}",
            get(receive).post(receive),
        )
        .route(
            "/api/blocks/{secret}/{block_type}/{webhook}/{*rest}",
            get(receive_below).post(receive_below),
        );
    limits.visiting(routes)
}

/// Where a block's webhook is reached; the address is made where there is none yet.
///
/// # Errors
/// When the database fails.
pub async fn address(
    app: &App,
    workspace: &WorkspaceId,
    (block_type, webhook): (&str, &str),
    credential: Option<&CredentialId>,
) -> Result<String, StoreError> {
    let found = async || {
        let webhooks = app.store.reader().block_webhooks();
        webhooks.find(workspace, block_type, credential).await
    };
    let secret = match found().await? {
        Some(known) => known.id,
        None => match add(app, workspace, block_type, credential).await {
            Ok(secret) => secret,
            // Someone else was quicker.
            Err(StoreError::Conflict { what }) => {
                let quicker = found().await?;
                quicker.ok_or(StoreError::Conflict { what })?.id
            }
            Err(error) => return Err(error),
        },
    };
    let block_type =
        percent_encoding::utf8_percent_encode(block_type, percent_encoding::NON_ALPHANUMERIC);
    let base = app.base_url();
    Ok(format!("{base}/api/blocks/{secret}/{block_type}/{webhook}"))
}

async fn add(
    app: &App,
    workspace: &WorkspaceId,
    block_type: &str,
    credential: Option<&CredentialId>,
) -> Result<String, StoreError> {
    let new = WebhookAddress {
        id: app.entropy.id(),
        workspace_id: workspace.clone(),
        block_type: block_type.to_owned(),
        credential_id: credential.cloned(),
        created_at: app.clock.now_ms(),
    };
    let secret = new.id.clone();
    let tx = app.store.begin().await?;
    tx.block_webhooks().add(new).await?;
    tx.commit().await?;
    Ok(secret)
}

async fn receive(
    State(app): State<App>,
    Path((secret, block_type, webhook)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, ChatError> {
    take(&app, (secret, block_type, webhook, String::new()), request).await
}

async fn receive_below(
    State(app): State<App>,
    Path(path): Path<(String, String, String, String)>,
    request: Request,
) -> Result<Response, ChatError> {
    take(&app, path, request).await
}

async fn take(
    app: &App,
    (secret, block_type, webhook, path): (String, String, String, String),
    request: Request,
) -> Result<Response, ChatError> {
    let found = app
        .store
        .reader()
        .block_webhooks()
        .by_secret(&secret)
        .await?;
    let address = found.filter(|address| address.block_type == block_type);
    let Some(address) = address else {
        return Err(ChatError::not_found(
            "There is no such webhook. Check its address.",
        ));
    };
    let workspace = &address.workspace_id;
    let credential = address.credential_id.clone().map(|id| id.0);
    let chosen = credentials::choose(app, workspace, (&block_type, None), credential).await;
    if let Some(notice) = chosen.notice {
        tracing::warn!(
            block_type,
            why = notice.description,
            "a webhook has no credential"
        );
    }
    let call = WebhookCall {
        request: read(request, path).await?,
        credential: chosen.credential,
        workspace: workspace.0.clone(),
        abilities: Some(Arc::new(Reach::new(app, workspace, None))),
        block_type,
        webhook,
    };
    let (block_type, webhook) = (call.block_type.clone(), call.webhook.clone());
    match app.blocks.receive(call).await {
        Ok(received) => {
            let Received {
                events, response, ..
            } = received;
            for event in events {
                tell(app, &address, event).await?;
            }
            Ok(answer(response))
        }
        Err(failure) => {
            tracing::info!(block_type, webhook, %failure, "a webhook's request was not taken");
            Ok(refusal(&failure))
        }
    }
}

async fn read(request: Request<Body>, path: String) -> Result<WebhookRequest, ChatError> {
    let (parts, body) = request.into_parts();
    let body = read_within(body, LARGEST).await?;
    Ok(WebhookRequest {
        method: parts.method.to_string(),
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers(&parts.headers),
        body: body.to_vec(),
    })
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// Tells the waiting conversation, as a listener's message does; an event that came before is
/// dropped.
async fn tell(app: &App, address: &WebhookAddress, event: Event) -> Result<(), ChatError> {
    let workspace = &address.workspace_id;
    let room = match event.correlation {
        Some(result) => {
            let results = app.store.reader().results();
            let known = results.whose(workspace, &ResultId(result)).await?;
            known.map(|result| result.id.0)
        }
        None => None,
    };
    let data = json!({"event": event.name, "data": event.data});
    let of_event = (address.id.as_str(), event.id.as_deref());
    listeners::keep_event(app, workspace, room.as_deref(), of_event, data).await
}

/// A block's answer, so that no browser takes it for a page of this server.
fn answer(given: WebhookResponse) -> Response {
    let status = StatusCode::from_u16(given.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Bytes::from(given.body)).into_response();
    let headers = response.headers_mut();
    let mut own = given.headers.iter();
    let kind = own.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.and_then(|(_, kind)| HeaderValue::from_str(kind).ok());
    let usual = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, kind.filter(is_plain).unwrap_or(usual));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    response
}

/// What browsers show without running it.
fn is_plain(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    ["text/plain", "application/json"].contains(&essence)
}

/// Senders try again after 5xx and leave it after 4xx; why is for the operator's log.
fn refusal(failure: &Failure) -> Response {
    let (status, told) = match failure {
        Failure::Denied(_) => (
            StatusCode::UNAUTHORIZED,
            "The request is not signed as it should be.",
        ),
        Failure::NotInstalled(_) => (StatusCode::NOT_FOUND, "There is no such webhook."),
        Failure::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
        Failure::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment."),
        Failure::InvalidOptions(_) | Failure::Other(_) => {
            (StatusCode::BAD_REQUEST, "The request cannot be understood.")
        }
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The request could not be taken.",
        ),
    };
    (status, told).into_response()
}
