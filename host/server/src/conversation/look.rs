//! The theme and the settings for one conversation's page.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use talkloom_engine::{Refusal, State, Step, Turn};
use talkloom_store::{ResultId, SessionId};

use super::effects::perform;
use super::turn::{Scope, TurnError};
use crate::App;
use crate::look::{Look, printed};
use crate::versions::LoadedVersion;

/// The theme and the settings as the page gets them.
#[derive(Debug)]
pub struct Looks<'v> {
    /// How the page looks.
    pub theme: Cow<'v, RawValue>,
    /// How the page behaves.
    pub settings: Cow<'v, RawValue>,
}

/// Puts the variables of a conversation's first bot into its theme and settings.
pub async fn looks<'v>(
    app: &App,
    version: &'v LoadedVersion,
    session_id: &SessionId,
    state: &State,
) -> Result<Looks<'v>, TurnError> {
    let mut wanted = json!({});
    for (name, look) in [("theme", &version.theme), ("settings", &version.settings)] {
        if let Look::Templated(value) = look {
            wanted[name] = value.clone();
        }
    }
    // Most bots name no variable there: then nothing is copied and nothing runs.
    if wanted.as_object().is_some_and(|wanted| !wanted.is_empty()) {
        let limit = Duration::from_secs(app.config.chat.turn_timeout_s);
        let filling = fill(app, version, session_id, state, wanted);
        wanted = tokio::time::timeout(limit, filling)
            .await
            .map_err(|_| TurnError::Timeout(limit))??;
    }
    let mut pick = |name: &str, look: &'v Look| match look {
        Look::Fixed(fixed) => Cow::Borrowed(&**fixed),
        Look::Templated(_) => Cow::Owned(printed(wanted[name].take())),
    };
    Ok(Looks {
        theme: pick("theme", &version.theme),
        settings: pick("settings", &version.settings),
    })
}

async fn fill(
    app: &App,
    version: &LoadedVersion,
    session_id: &SessionId,
    state: &State,
    json: Value,
) -> Result<Value, TurnError> {
    let scope = Scope {
        workspace_id: version.workspace_id.clone(),
        bot_id: version.bot_id.clone(),
        session_id: session_id.clone(),
        result_id: state.root_result().map(|id| ResultId(id.to_owned())),
        pins: Arc::clone(&version.pins),
        letters: std::sync::Arc::default(),
    };
    let catalog = app.catalogs.of(app, &scope.pins).await?.catalog;
    let mut turn = Turn::fill(state.clone(), version.flow_ref(), catalog, json);
    let mut step = turn.step();
    loop {
        match step {
            Step::Perform(effect) => step = turn.resume(perform(app, &scope, effect).await?),
            Step::Wait(output) | Step::End(output) => {
                return Ok(output.filled.unwrap_or_default());
            }
            Step::Refuse(refusal) => return Err(Refusal::into(refusal)),
        }
    }
}
