//! `POST /api/v1/typebots/{typebotId}/blocks/{blockId}/results/{resultId}/executeWebhook` and
//! `…/blocks/{blockId}/web/executeTestWebhook`: a program tells a waiting conversation something.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;
use talkloom_store::{Bot, Repositories, ResultId, Session, WorkspaceId};

use super::deliver::listens;
use super::publish::{self, LARGEST};
use super::room::{Room, room_of};
use crate::App;
use crate::chat::{ApiToken, ChatError, read_within};
use crate::conversation::{self, Glance};

/// Previews of one bot that a test message reaches.
const PREVIEWS: u64 = 20;

/// The message was taken.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    /// `OK`.
    message: &'static str,
}

pub(super) const DONE: Json<Done> = Json(Done { message: "OK" });

pub(crate) async fn execute_webhook(
    State(app): State<App>,
    Path((bot, block, result)): Path<(String, String, String)>,
    token: ApiToken,
    body: Body,
) -> Result<Json<Done>, ChatError> {
    let workspace = &token.workspace_id;
    let bot = find_bot(&app, workspace, &bot).await?;
    let result = ResultId(result);
    let known = app
        .store
        .reader()
        .results()
        .whose(workspace, &result)
        .await?;
    known.ok_or_else(|| {
        ChatError::not_found("Result not found. Check its id: it may have been deleted.")
    })?;
    let data = read(body).await?;
    let session = Room::Result(result.clone()).session(&app).await?;
    let glance = match session {
        Some(session) => Some(conversation::look_into(&app, session).await?),
        None => None,
    };
    if !knows_listener(&app, &bot, glance.as_ref(), &block).await? {
        return Err(unknown_block());
    }
    let room = glance.as_ref().map(|glance| room_of(&glance.session));
    let room = room.unwrap_or(result.as_str());
    publish::keep(&app, workspace, room, Some(&block), data).await?;
    Ok(DONE)
}

pub(crate) async fn execute_test_webhook(
    State(app): State<App>,
    Path((bot, block)): Path<(String, String)>,
    token: ApiToken,
    body: Body,
) -> Result<Json<Done>, ChatError> {
    let workspace = &token.workspace_id;
    let bot = find_bot(&app, workspace, &bot).await?;
    let data = read(body).await?;
    let sessions = app.store.reader().sessions();
    let previews = sessions.previews(workspace, &bot.id, PREVIEWS).await?;
    let waiting = waiting_at(&app, previews, &block).await?;
    if waiting.is_empty() {
        return Err(ChatError::not_found(
            "No preview of this bot waits at this block. Start the preview and go there first.",
        ));
    }
    for session in &waiting {
        publish::keep(
            &app,
            workspace,
            room_of(session),
            Some(&block),
            data.clone(),
        )
        .await?;
    }
    Ok(DONE)
}

async fn waiting_at(
    app: &App,
    previews: Vec<Session>,
    block: &str,
) -> Result<Vec<Session>, ChatError> {
    let mut waiting = Vec::new();
    for session in previews {
        let glance = conversation::look_into(app, session).await?;
        if waits_at(&glance, block) {
            waiting.push(glance.session);
        }
    }
    Ok(waiting)
}

async fn find_bot(app: &App, workspace: &WorkspaceId, id: &str) -> Result<Bot, ChatError> {
    let bots = app.store.reader().bots();
    let bot = bots.find_linked(workspace, id).await?;
    let bot = bot.filter(|bot| !bot.is_archived);
    bot.ok_or_else(|| ChatError::not_found("Typebot not found. Check its id."))
}

/// The conversation waits there, or the published bot has the block and the conversation may come
/// there yet.
async fn knows_listener(
    app: &App,
    bot: &Bot,
    glance: Option<&Glance>,
    block: &str,
) -> Result<bool, ChatError> {
    if glance.is_some_and(|glance| waits_at(glance, block)) {
        return Ok(true);
    }
    let Some(published) = &bot.published_version_id else {
        return Ok(false);
    };
    let version = app.versions.find(&bot.workspace_id, published).await?;
    Ok(version.is_some_and(|version| version.flow.block(block).is_some_and(listens)))
}

fn waits_at(glance: &Glance, block: &str) -> bool {
    let current = glance.block().filter(|current| listens(current));
    current.is_some_and(|current| current.id() == block)
}

fn unknown_block() -> ChatError {
    ChatError::not_found("Webhook block not found. Check its id, and that the bot is published.")
}

async fn read(body: Body) -> Result<Value, ChatError> {
    publish::parse(&read_within(body, LARGEST).await?)
}
