//! `POST /api/webhooks/{token}`: a program sends to a listener's secret address, and shows no API
//! token. The body is read whole, its signature checked, and the message kept with its id.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use talkloom_flow::logic::ListenerOptions;
use talkloom_flow::{BlockKind, Flow};
use talkloom_store::Repositories;

use super::address::Place;
use super::execute::{DONE, Done};
use super::publish::{self, LARGEST};
use super::{Room, format, signature};
use crate::App;
use crate::chat::{ChatError, read_within};
use crate::conversation;

/// How long the turn that gives an address out may take until it is stored.
const STORING_MS: i64 = 10 * 60 * 1_000;

pub(super) async fn receive(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Done>, ChatError> {
    let place = app.addresses.read(&token).await;
    let place = place.map_err(|error| ChatError::fault(&error))?;
    let place = place.ok_or_else(unknown)?;
    let listener = listener(&app, &place).await?;
    let body = read_within(body, LARGEST).await?;
    let workspace = &place.workspace;
    let sent_id = match &listener {
        Some(options) => {
            signature::check(&app, workspace, &options.signature, &headers, &body).await?
        }
        None => None,
    };
    let data = format::read(&headers, &body)?;
    let to = (place.room.as_str(), place.block.as_str());
    publish::keep_once(&app, workspace, to, sent_id.as_deref(), data).await?;
    Ok(DONE)
}

/// The options of the listener that an address leads to, of the version that its conversation runs
/// or else of the one that it was made with.
async fn listener(app: &App, place: &Place) -> Result<Option<ListenerOptions>, ChatError> {
    let session = place.room.session(app).await?;
    let session = session.filter(|session| session.workspace_id == place.workspace);
    if let Some(session) = session {
        let glance = conversation::look_into(app, session).await?;
        let flows = [&glance.running.flow, &glance.root.flow];
        if let Some(found) = flows.into_iter().find_map(|flow| in_flow(flow, place)) {
            return Ok(found);
        }
    } else if has_ended(app, place).await? {
        return Err(ChatError::not_found(
            "No conversation listens here: it has ended.",
        ));
    }
    let version = app.versions.find(&place.workspace, &place.version).await?;
    let version = version.ok_or_else(unknown)?;
    in_flow(&version.flow, place).ok_or_else(unknown)
}

fn in_flow(flow: &Flow, place: &Place) -> Option<Option<ListenerOptions>> {
    match &flow.block(&place.block)?.kind {
        BlockKind::Listener(options) => Some(options.get().cloned()),
        _ => None,
    }
}

/// A conversation that is nowhere has ended, or its first turn is still under way.
async fn has_ended(app: &App, place: &Place) -> Result<bool, ChatError> {
    if app.clock.now_ms() - place.made_at > STORING_MS {
        return Ok(true);
    }
    let Room::Result(result) = &place.room else {
        return Ok(false);
    };
    let results = app.store.reader().results();
    Ok(results.whose(&place.workspace, result).await?.is_some())
}

fn unknown() -> ChatError {
    ChatError::not_found("There is no webhook at this address. Check that it is complete.")
}
