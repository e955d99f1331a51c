//! What comes back when a conversation began.

use std::sync::Arc;

use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;
use talkloom_engine::output::ChatReply;
use talkloom_store::{Repositories, patiently};

use super::origin::Caller;
use super::{ChatError, reply};
use crate::App;
use crate::conversation::{self, StartRequest};
use crate::versions::LoadedVersion;

const BOT_CLOSED: &str = "This bot is now closed";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_id: Option<&'a str>,
    typebot: Bot<'a>,
    #[serde(flatten)]
    reply: ChatReply,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bot<'a> {
    id: &'a str,
    version: &'a str,
    theme: &'a RawValue,
    settings: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<&'a str>,
}

/// Begins a conversation with a version and writes the answer.
pub(super) async fn start(
    app: &App,
    version: Arc<LoadedVersion>,
    request: StartRequest,
) -> Result<Response, ChatError> {
    let began = conversation::start(app, version.clone(), request).await?;
    let looks = conversation::looks(app, &version, &began.session_id, &began.state).await?;
    let is_preview = version.is_preview;
    Ok(reply::json(&Answer {
        session_id: began.session_id.as_str(),
        result_id: began.result_id.as_ref().map(|id| id.as_str()),
        typebot: Bot {
            id: version.bot_id.as_str(),
            version: version.flow.document().version.text(),
            theme: &looks.theme,
            settings: &looks.settings,
            published_at: (!is_preview).then_some(&*version.published_at),
        },
        reply: reply::seen_by_caller(began.reply, is_preview),
    }))
}

/// The published version of a bot, whether or not it takes conversations.
pub(super) struct Found {
    pub(super) version: Arc<LoadedVersion>,
    is_closed: bool,
}

/// Finds what visitors talk to now.
pub(super) async fn find(app: &App, public_id: &str) -> Result<Found, ChatError> {
    let reader = app.store.reader();
    let published = patiently(|| async { reader.visitors().published(public_id).await }).await?;
    let published = published.ok_or_else(ChatError::no_bot)?;
    let version = app
        .versions
        .find(&published.workspace_id, &published.version_id)
        .await?;
    Ok(Found {
        version: version.ok_or_else(ChatError::no_bot)?,
        is_closed: published.is_closed,
    })
}

impl Found {
    /// The version, where a visitor may talk to it.
    pub(super) fn open_to(self, caller: &Caller) -> Result<Arc<LoadedVersion>, ChatError> {
        if self.is_closed {
            return Err(ChatError::bad_request(closed_message(&self.version)));
        }
        caller.may_talk_to(&self.version)?;
        Ok(self.version)
    }
}

fn closed_message(version: &LoadedVersion) -> String {
    let settings = version.flow.document().settings.get();
    let general = settings.and_then(|settings| settings.general.get());
    let messages = general.and_then(|general| general.system_messages.get());
    let message = messages.and_then(|messages| messages.bot_closed.filled());
    message.unwrap_or(BOT_CLOSED).to_owned()
}
