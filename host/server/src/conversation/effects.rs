//! Performs what a turn asks for.

use std::time::Instant;

use talkloom_blocks as blocks;
use talkloom_engine::effect::{
    BlockCall, BlockFailure, BlockOutcome, Effect, EffectResult, Evaluation, FlowLink, FlowRef,
    Script, ScriptError,
};
use talkloom_engine::output::LogLine;
use talkloom_store::{Repositories, VersionId};
use tokio::sync::mpsc;
use tracing::Instrument;

use super::turn::{Scope, TurnError};
use crate::App;
use crate::blocks::Route;
use crate::credentials::{self, Chosen};
use crate::listeners::Room;
use crate::metrics::{self, CallOutcome};

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
        Effect::AddressListeners { version, blocks } => {
            let room = Room::of(&scope.session_id, scope.result_id.as_ref());
            let workspace = &scope.workspace_id;
            let made = Box::pin(app.addresses.make(app, workspace, room, &version, &blocks));
            EffectResult::Addresses(made.await.map_err(TurnError::Addresses)?)
        }
        Effect::PrepareInput(call) => EffectResult::Prepared(Err(cannot_prepare(&call))),
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

/// Calls a block; `live` receives its text as it comes.
pub(super) async fn call_block(
    app: &App,
    scope: &Scope,
    call: BlockCall,
    live: Option<mpsc::Sender<String>>,
) -> Result<BlockOutcome, BlockFailure> {
    let route = app.life.route(
        (&app.blocks, &app.files),
        &scope.workspace_id,
        &scope.pins,
        &call.block_type,
    );
    let digest = match Box::pin(route).await? {
        Route::Active => None,
        Route::Pinned(digest) => Some(digest),
    };
    let variables = call.variables.into_iter().map(|variable| blocks::Variable {
        id: variable.id,
        name: variable.name,
        value: variable.value,
    });
    let Chosen {
        credential,
        renewal,
        notice,
    } = credentials::choose(
        app,
        &scope.workspace_id,
        (&call.block_type, digest.as_deref()),
        call.credentials_id.clone(),
    )
    .await;
    let call = blocks::BlockCall {
        block_type: call.block_type,
        digest,
        action: call.action,
        options: call.options,
        credential_id: call.credentials_id.filter(|_| credential.is_some()),
        credential,
        renewal,
        variables: variables.collect(),
        submission: call.submission,
        abilities: None,
        context: blocks::Context {
            workspace: scope.workspace_id.0.clone(),
            bot: scope.bot_id.0.clone(),
            result: scope.result_id.as_ref().map(|result| result.0.clone()),
            channel: blocks::Channel::Web,
            locale: None,
        },
    };
    // Any type may stand in a document; only those of installed blocks are counted by name.
    let block_type = call.block_type.clone();
    let span = tracing::debug_span!("block call", block = block_type, action = call.action);
    let started = Instant::now();
    let called = app.blocks.call(call, live).instrument(span).await;
    let (counted, outcome) = match &called {
        Ok(_) => (block_type.as_str(), CallOutcome::Done),
        Err(blocks::Failure::NotInstalled(_)) => ("other", CallOutcome::Failed),
        Err(_) => (block_type.as_str(), CallOutcome::Failed),
    };
    metrics::block_call(counted, outcome, started.elapsed());
    match called {
        Ok(outcome) => Ok(BlockOutcome {
            assignments: outcome.assignments,
            exit: outcome.exit,
            client_actions: outcome.client_actions,
            messages: outcome.messages,
            logs: notice
                .into_iter()
                .chain(outcome.logs.into_iter().filter_map(log_line))
                .collect(),
        }),
        Err(failure) => Err(BlockFailure {
            code: failure.code().to_owned(),
            message: failure.to_string(),
            details: failure
                .details()
                .or(notice.map(|notice| notice.description)),
        }),
    }
}

/// Blocks that stand behind inputs are not called yet.
fn cannot_prepare(call: &BlockCall) -> BlockFailure {
    BlockFailure {
        code: "not_supported".to_owned(),
        message: format!(
            "This server cannot show inputs of the type “{}” yet. Take the block out of the bot.",
            call.block_type
        ),
        details: None,
    }
}

/// Lines for a block's author do not belong into a conversation's log.
fn log_line(log: blocks::Log) -> Option<LogLine> {
    if log.level == blocks::Level::Debug {
        return None;
    }
    Some(LogLine {
        status: log.level.as_str().to_owned(),
        description: log.message,
        details: log.detail,
        context: None,
    })
}
