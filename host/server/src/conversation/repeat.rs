//! Requests that are sent again with their key: answered as before, and recorded once.
//!
//! No reply is stored. The key leads to the turn, and the turn's reply is rebuilt from the journal,
//! also where that turn ended the conversation.

use std::sync::Arc;

use serde_json::{Map, Value};
use talkloom_engine::journal::Input;
use talkloom_engine::{Reply, Start};
use talkloom_store::{IdempotencyKey, Repositories, SessionId, VersionId, patiently};

use super::journal::Recording;
use super::reply::Replied;
use super::start::{Began, StartRequest};
use super::turn::TurnError;
use crate::App;
use crate::versions::LoadedVersion;

/// The reply to a request that was served before under its key; none where it is new.
pub(super) async fn replied<E: From<TurnError>>(
    app: &App,
    id: &SessionId,
    key: &str,
    reply: &Reply,
    admit: &impl Fn(&LoadedVersion) -> Result<(), E>,
) -> Result<Option<Replied>, E> {
    let reader = app.store.reader();
    let found = patiently(|| async { reader.visitors().keyed_reply(id, key).await }).await;
    let Some(found) = found.map_err(TurnError::from)? else {
        return Ok(None);
    };
    let (recording, version) = recording(app, &found).await?;
    admit(&version)?;
    match recording.last_input() {
        Some(Input::Reply(before)) if is_same_reply(before, reply) => {}
        _ => return Err(TurnError::KeyReused.into()),
    }
    let ended = recording.replay().map_err(TurnError::from)?;
    Ok(Some(Replied {
        reply: ended.output.reply,
        is_preview: version.is_preview,
    }))
}

/// The conversation that a request began before under its key; none where it is new.
pub(super) async fn began(
    app: &App,
    version: &LoadedVersion,
    key: &str,
    request: &StartRequest,
) -> Result<Option<Began>, TurnError> {
    let (reader, workspace, bot) = (app.store.reader(), &version.workspace_id, &version.bot_id);
    let keyed = || async {
        reader
            .idempotency_keys()
            .of_start(workspace, bot, key)
            .await
    };
    let Some(found) = patiently(keyed).await? else {
        return Ok(None);
    };
    let (recording, version) = recording(app, &found).await?;
    match recording.last_input() {
        Some(Input::Start { start, .. }) if is_same_start(start, request)? => {}
        _ => return Err(TurnError::KeyReused),
    }
    let ended = recording.replay()?;
    let result_id = recording
        .turns
        .first()
        .and_then(|turn| turn.result_id.clone());
    Ok(Some(Began {
        session_id: recording.session_id,
        result_id: result_id.filter(|_| !ended.is_over),
        version,
        reply: ended.output.reply,
        state: ended.state,
    }))
}

async fn recording(
    app: &App,
    found: &IdempotencyKey,
) -> Result<(Recording, Arc<LoadedVersion>), TurnError> {
    let recording = Recording::read(
        &app.store,
        &app.versions,
        &found.workspace_id,
        found.session_id.clone(),
        Some(found.turn),
    )
    .await?;
    let recording = recording.ok_or(TurnError::NoSession)?;
    let version = VersionId(recording.last_version().unwrap_or_default().to_owned());
    let version = app.versions.find(&found.workspace_id, &version).await?;
    Ok((recording, version.ok_or(TurnError::NoVersion)?))
}

/// Whether the visitor says the same; what the operator allows a turn may have changed since.
pub(super) fn is_same_reply(before: &Reply, now: &Reply) -> bool {
    before.message == now.message && before.text_format == now.text_format
}

fn is_same_start(before: &Start, now: &StartRequest) -> serde_json::Result<bool> {
    // A result that was asked for and not taken up leaves no trace, and makes no difference.
    let remembered = before.remembered.as_ref().and(before.result.as_ref());
    let is_same_result = remembered.is_none_or(|result| now.result_id.as_ref() == Some(result));
    // Fractions as the journal has them.
    let given = serde_json::to_string(&now.prefilled_variables)?;
    let given: Map<String, Value> = serde_json::from_str(&given)?;
    Ok(is_same_result
        && before.prefilled_variables == given
        && before.message == now.message
        && before.is_only_registering == now.is_only_registering
        && before.is_stream_enabled == now.is_stream_enabled
        && before.text_format == now.text_format)
}
