//! A message comes in.

use axum::body::Bytes;
use serde_json::{Map, Value, json};
use talkloom_store::repository::NewMessage;
use talkloom_store::{Repositories, StoreError, Tx, WorkspaceId};

use crate::App;
use crate::chat::ChatError;

/// The largest message, in bytes.
pub(super) const LARGEST: usize = 256 << 10;
/// Messages that wait in one room.
const MOST: i64 = 1_000;
/// What they may hold together.
const MOST_CHARACTERS: i64 = 8 << 20;
/// How long a message waits for its conversation.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// How long a request is known by its id.
const ID_KNOWN_MS: i64 = 24 * 60 * 60 * 1_000;

/// Keeps a message for a room's conversation and wakes its pages.
pub(super) async fn keep(
    app: &App,
    workspace: &WorkspaceId,
    room: &str,
    block: Option<&str>,
    data: Value,
) -> Result<(), ChatError> {
    let tx = app.store.begin().await?;
    keep_in(&tx, app, workspace, (room, block), data).await?;
    tx.commit().await?;
    app.rooms.wake(room);
    Ok(())
}

/// As [`keep`], for a listener of its own. A request whose id came within a day counts once.
pub(super) async fn keep_once(
    app: &App,
    workspace: &WorkspaceId,
    (room, block): (&str, &str),
    sent_id: Option<&str>,
    data: Value,
) -> Result<(), ChatError> {
    let now_ms = app.clock.now_ms();
    let tx = app.store.begin().await?;
    if let Some(sent_id) = sent_id {
        let messages = tx.listener_messages();
        let place = (room, block);
        messages
            .forget_id_before(workspace, place, sent_id, now_ms - ID_KNOWN_MS)
            .await?;
        match messages.note_id(workspace, place, sent_id, now_ms).await {
            Err(StoreError::Conflict { .. }) => return Ok(()),
            noted => noted?,
        }
    }
    keep_in(&tx, app, workspace, (room, Some(block)), data).await?;
    tx.commit().await?;
    app.rooms.wake(room);
    Ok(())
}

/// Keeps what a webhook's event says for a room's conversation, unless the event came before.
pub(crate) async fn keep_event(
    app: &App,
    workspace: &WorkspaceId,
    room: Option<&str>,
    (address, event): (&str, Option<&str>),
    data: Value,
) -> Result<(), ChatError> {
    let tx = app.store.begin().await?;
    if let Some(event) = event {
        let webhooks = tx.block_webhooks();
        let noted = webhooks.note_event(workspace, address, event, app.clock.now_ms());
        match noted.await {
            Err(StoreError::Conflict { .. }) => return Ok(()),
            noted => noted?,
        }
    }
    if let Some(room) = room {
        keep_in(&tx, app, workspace, (room, None), data).await?;
    }
    tx.commit().await?;
    if let Some(room) = room {
        app.rooms.wake(room);
    }
    Ok(())
}

async fn keep_in(
    tx: &Tx,
    app: &App,
    workspace: &WorkspaceId,
    (room, block): (&str, Option<&str>),
    data: Value,
) -> Result<(), ChatError> {
    let now_ms = app.clock.now_ms();
    let new = NewMessage {
        room: room.to_owned(),
        block_id: block.map(str::to_owned),
        body: json!({"data": data}).to_string(),
    };
    let messages = tx.listener_messages();
    messages.forget_before(workspace, now_ms - KEPT_MS).await?;
    let waiting = messages.waiting(workspace, room).await?;
    if waiting.messages >= MOST || waiting.characters >= MOST_CHARACTERS {
        return Err(ChatError::too_many(
            "Too many messages wait for this conversation. Send the next one when it went on.",
        ));
    }
    Ok(messages.add(workspace, new, now_ms).await?)
}

/// Reads a message's JSON; an empty one counts as `{}`.
pub(super) fn parse(bytes: &Bytes) -> Result<Value, ChatError> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| ChatError::bad_request(format!("The request is not valid JSON: {error}.")))
}
