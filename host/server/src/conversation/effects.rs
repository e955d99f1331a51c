//! Performs what a turn asks for.

use talkloom_blocks as blocks;
use talkloom_engine::effect::{
    BlockOutcome, Effect, EffectResult, Evaluation, FlowLink, FlowRef, Script, ScriptError,
};
use talkloom_store::{Repositories, VersionId};

use super::calls::{accept_input, call_block, open_input};
use super::turn::{Scope, TurnError};
use crate::App;
use crate::listeners::Room;

pub(super) async fn perform(
    app: &App,
    scope: &Scope,
    effect: Effect,
) -> Result<EffectResult, TurnError> {
    // What few turns need is boxed: a turn's future is moved several times and has to stay small.
    Ok(match effect {
        Effect::Now => EffectResult::Now(app.clock.now_ms()),
        Effect::NewId => EffectResult::Id(app.entropy.id()),
        Effect::Random => EffectResult::Random(app.entropy.number()),
        Effect::Evaluate(script) => {
            EffectResult::Evaluated(Box::pin(evaluate(app, scope, script)).await)
        }
        Effect::LoadFlow(link) => EffectResult::Flow(Box::pin(load(app, scope, link)).await?),
        Effect::CallBlock(call) => {
            EffectResult::Called(Box::pin(call_block(app, scope, call, None)).await)
        }
        Effect::TakeStreamed(_) => {
            EffectResult::Called(Ok(Box::pin(take_streamed(app, scope)).await?))
        }
        Effect::PrepareInput(call) => {
            EffectResult::Prepared(Box::pin(open_input(app, scope, call)).await)
        }
        Effect::AcceptInput(given) => {
            EffectResult::Accepted(Box::pin(accept_input(app, scope, *given)).await)
        }
        Effect::AddressListeners { version, blocks } => {
            let room = Room::of(&scope.session_id, scope.result_id.as_ref());
            let workspace = &scope.workspace_id;
            let made = Box::pin(app.addresses.make(app, workspace, room, &version, &blocks));
            EffectResult::Addresses(made.await.map_err(TurnError::Addresses)?)
        }
    })
}

async fn evaluate(app: &App, scope: &Scope, script: Script) -> Result<Evaluation, ScriptError> {
    let script = blocks::Script {
        code: script.code,
        arguments: script.arguments,
        is_async: script.is_async,
        settable: script.settable,
        workspace: scope.workspace_id.0.clone(),
        bot: scope.bot_id.0.clone(),
    };
    match app.blocks.evaluate(script).await {
        Ok(done) => Ok(Evaluation {
            value: done.value,
            assignments: done.assignments,
        }),
        Err(error) => Err(ScriptError {
            message: error.to_string(),
        }),
    }
}

/// A linked bot must be the workspace's own and published; a preview takes its draft.
async fn load(app: &App, scope: &Scope, link: FlowLink) -> Result<Option<FlowRef>, TurnError> {
    let version = match link {
        FlowLink::Version(version) => Some(VersionId(version)),
        FlowLink::Bot(bot) => {
            let bots = app.store.reader().bots();
            let bot = bots.find_linked(&scope.workspace_id, &bot).await?;
            match bot.filter(|bot| !bot.is_archived) {
                Some(bot) if scope.is_preview() => {
                    let draft = app.versions.draft(&bot, app.clock.now_ms()).await?;
                    return Ok(Some(draft.flow_ref()));
                }
                bot => bot.and_then(|bot| bot.published_version_id),
            }
        }
    };
    let Some(version) = version else {
        return Ok(None);
    };
    let version = app.versions.find(&scope.workspace_id, &version).await?;
    Ok(version.map(|version| version.flow_ref()))
}

/// What the block did while its answer was streamed, which was kept for this turn.
async fn take_streamed(app: &App, scope: &Scope) -> Result<BlockOutcome, TurnError> {
    let sessions = app.store.reader().sessions();
    let kept = sessions.streamed(&scope.workspace_id, &scope.session_id);
    match kept.await? {
        Some(kept) => Ok(serde_json::from_str(&kept)?),
        None => Ok(BlockOutcome::default()),
    }
}
