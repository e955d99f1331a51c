//! `GET /api/v1/typebots/{publicId}`: the published bot, as far as the caller may know it.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use talkloom_engine::State as Talk;
use talkloom_engine::state::Frame;
use talkloom_flow::settings::Settings;
use talkloom_store::SessionId;

use super::origin::Caller;
use super::token::ApiToken;
use super::{ChatError, reply, started};
use crate::versions::LoadedVersion;
use crate::{App, conversation};

/// What any visitor may know: what a conversation's start tells too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    theme: &'a RawValue,
    settings: &'a RawValue,
    published_at: &'a str,
}

pub(super) async fn published_bot(
    State(app): State<App>,
    Path(public_id): Path<String>,
    token: Option<ApiToken>,
    caller: Caller,
) -> Result<Response, ChatError> {
    let found = started::find(&app, &public_id).await?;
    let settings = found.version.flow.document().settings.get();
    let is_owner = token.is_some_and(|token| token.workspace_id == found.version.workspace_id);
    let is_shared = settings
        .and_then(|settings| settings.public_share.get())
        .is_some_and(|share| share.is_enabled.is_on(false));
    if is_owner || is_shared {
        return Ok(reply::json(&document(&found.version)));
    }
    shown(&app, &*found.open_to(&caller)?).await
}

/// The published document, whole.
fn document(version: &LoadedVersion) -> Value {
    let mut document = serde_json::to_value(version.flow.document()).unwrap_or_default();
    let mut published = json!({
        "id": version.id.as_str(),
        "version": version.flow.document().version.text(),
        "createdAt": version.published_at,
        "updatedAt": version.published_at,
        "typebotId": version.bot_id.as_str(),
    });
    for part in [
        "groups",
        "events",
        "edges",
        "variables",
        "theme",
        "settings",
    ] {
        published[part] = document[part].take();
    }
    published
}

async fn shown(app: &App, version: &LoadedVersion) -> Result<Response, ChatError> {
    // Variables are as a conversation would find them.
    let state = Talk {
        frames: vec![Frame {
            version: version.id.0.clone(),
            bot: version.bot_id.0.clone(),
            ..Frame::default()
        }],
        ..Talk::default()
    };
    let nobody = SessionId(String::new());
    let looks = conversation::looks(app, version, &nobody, &state).await?;
    let settings: Option<&Settings> = version.flow.document().settings.get();
    Ok(reply::json(&Shown {
        id: version.bot_id.as_str(),
        version: version.flow.document().version.text(),
        name: settings
            .and_then(|settings| settings.metadata.get())
            .and_then(|metadata| metadata.title.filled()),
        theme: &looks.theme,
        settings: &looks.settings,
        published_at: &version.published_at,
    }))
}
