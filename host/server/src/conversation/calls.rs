//! Calls of blocks on a conversation's behalf: what they get, and what becomes of what they give.

use std::sync::Arc;
use std::time::Instant;

use talkloom_blocks as blocks;
use talkloom_engine::effect::{BlockCall, BlockFailure, BlockOutcome, InputReply, PreparedInput};
use talkloom_engine::output::LogLine;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::turn::Scope;
use crate::App;
use crate::abilities::{Conversation, Reach};
use crate::blocks::Route;
use crate::credentials::{self, Chosen};
use crate::metrics::{self, CallOutcome};

/// Calls a block's action; `live` receives its text as it comes.
pub(super) async fn call_block(
    app: &App,
    scope: &Scope,
    call: BlockCall,
    live: Option<mpsc::Sender<String>>,
) -> Result<BlockOutcome, BlockFailure> {
    let (call, notice) = prepared(app, scope, call).await?;
    let called = counted(call, |call| app.blocks.call(call, live)).await;
    settled(called, notice, outcome)
}

/// Has the block behind an input prepare what the page shows.
pub(super) async fn open_input(
    app: &App,
    scope: &Scope,
    call: BlockCall,
) -> Result<PreparedInput, BlockFailure> {
    let (call, notice) = prepared(app, scope, call).await?;
    let bot = scope.bot_id.clone();
    let opened = counted(call, |call| app.blocks.open_input(call)).await;
    if let Err(failure) = &opened {
        // The turn is refused, so that no log of the conversation holds it.
        let details = failure.details();
        tracing::warn!(%bot, %failure, details, "an input could not be prepared");
    }
    settled(opened, notice, |opened, notice| PreparedInput {
        shown: opened.shown,
        kept: opened.kept,
        logs: lines(notice, opened.logs),
    })
}

/// Gives a reply to the block behind an input.
pub(super) async fn accept_input(
    app: &App,
    scope: &Scope,
    given: InputReply,
) -> Result<BlockOutcome, BlockFailure> {
    let InputReply { call, kept, reply } = given;
    let (call, notice) = prepared(app, scope, call).await?;
    let accepted = counted(call, |call| app.blocks.accept_input(call, &kept, reply)).await;
    settled(accepted, notice, outcome)
}

/// The call as the sandbox takes it: with its version, its credential, and what it can reach.
async fn prepared(
    app: &App,
    scope: &Scope,
    call: BlockCall,
) -> Result<(blocks::BlockCall, Option<LogLine>), BlockFailure> {
    let parts = (&app.blocks, &app.files);
    let route = app
        .life
        .route(parts, &scope.workspace_id, &scope.pins, &call.block_type);
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
    let conversation = Conversation {
        bot: scope.bot_id.clone(),
        session: scope.session_id.clone(),
        result: scope.result_id.clone(),
        block: call.block_id,
        letters: Arc::clone(&scope.letters),
    };
    let reach = Reach::new(app, &scope.workspace_id, Some(conversation));
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
        context: blocks::Context {
            workspace: scope.workspace_id.0.clone(),
            bot: scope.bot_id.0.clone(),
            result: scope.result_id.as_ref().map(|result| result.0.clone()),
            channel: blocks::Channel::Web,
            locale: None,
        },
        abilities: Some(Arc::new(reach)),
    };
    Ok((call, notice))
}

/// Counts a call and how long it took.
async fn counted<T, F>(
    call: blocks::BlockCall,
    run: impl FnOnce(blocks::BlockCall) -> F,
) -> Result<T, blocks::Failure>
where
    F: Future<Output = Result<T, blocks::Failure>>,
{
    // Any type may stand in a document; only those of installed blocks are counted by name.
    let block_type = call.block_type.clone();
    let span = tracing::debug_span!("block call", block = block_type, action = call.action);
    let started = Instant::now();
    let called = run(call).instrument(span).await;
    let (counted, outcome) = match &called {
        Ok(_) => (block_type.as_str(), CallOutcome::Done),
        Err(blocks::Failure::NotInstalled(_)) => ("other", CallOutcome::Failed),
        Err(_) => (block_type.as_str(), CallOutcome::Failed),
    };
    metrics::block_call(counted, outcome, started.elapsed());
    called
}

/// What the engine gets; why a credential is missing goes along either way.
fn settled<T, U>(
    called: Result<T, blocks::Failure>,
    notice: Option<LogLine>,
    take: impl FnOnce(T, Option<LogLine>) -> U,
) -> Result<U, BlockFailure> {
    match called {
        Ok(given) => Ok(take(given, notice)),
        Err(failure) => Err(BlockFailure {
            code: failure.code().to_owned(),
            message: failure.to_string(),
            details: notice
                .map(|notice| notice.description)
                .or_else(|| failure.details()),
        }),
    }
}

fn outcome(outcome: blocks::Outcome, notice: Option<LogLine>) -> BlockOutcome {
    BlockOutcome {
        assignments: outcome.assignments,
        exit: outcome.exit,
        client_actions: outcome.client_actions,
        messages: outcome.messages,
        logs: lines(notice, outcome.logs),
    }
}

fn lines(notice: Option<LogLine>, logs: Vec<blocks::Log>) -> Vec<LogLine> {
    let logs = logs.into_iter().filter_map(log_line);
    notice.into_iter().chain(logs).collect()
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
