//! From a call's input to its checked output: sizes, grants, credentials, and whose turn it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use talkloom_manifest::{Action, Manifest, PermissionKind};
use tokio::sync::mpsc;

use crate::egress::{HttpSession, Injector, OptionHosts, Witness};
use crate::guests::Driven;
use crate::redact::{RedactStream, Redactor};
use crate::runtime::Shared;
use crate::settings::Limits;
use crate::state::{CallState, Live, Session};
use crate::turns::Turn;
use crate::wire::{self, OutcomeRules};
use crate::{BlockCall, Evaluation, Failure, Installed, Outcome, Script, ScriptError, invoke};

/// Calls an action.
pub(crate) async fn call(
    shared: &Arc<Shared>,
    installed: Arc<Installed>,
    mut call: BlockCall,
    live: Option<mpsc::Sender<String>>,
) -> Result<Outcome, Failure> {
    let limits = &shared.settings.limits;
    let action = find_action(&installed.manifest, &call)?;
    check_size(&call.options, limits)?;
    let turn = shared
        .turns
        .take(&installed.turns, &call.context.workspace)
        .await?;
    let injector = Arc::new(injector(&installed, &mut call)?);
    let sensitive = injector.sensitive();
    let redactor = Arc::new(Redactor::new(sensitive.iter().map(|s| s.expose())));
    let streams = action.streams && live.is_some();
    let may_read = installed.may(&PermissionKind::Submission);
    let request = wire::call(&call, action, may_read, injector.fields());
    if request.options.len() > limits.options_bytes {
        return Err(Failure::TooLarge(format!(
            "The block's settings have more than {} KiB after variables were put in.",
            limits.options_bytes >> 10
        )));
    }
    let rules = (
        call.variables
            .iter()
            .map(|v| v.id.clone())
            .collect::<Vec<_>>(),
        action
            .exits
            .iter()
            .map(|e| e.name.clone())
            .collect::<Vec<_>>(),
    );
    let hosts = installed
        .hosts
        .uses_option_hosts()
        .then(|| OptionHosts::of(&call.options));
    let wall = wall(&installed.manifest, limits, streams);
    let context = &call.context;
    let witness = witness(shared, &installed, (&context.workspace, &context.bot), call.credential_id.take());
    let session = Session {
        workspace: std::mem::take(&mut call.context.workspace),
        bot: std::mem::take(&mut call.context.bot),
        http: http_session(
            &installed,
            limits,
            &injector,
            &redactor,
            (hosts, streams, wall),
            witness,
        ),
        injector,
        redactor: redactor.clone(),
        live: live.map(|sender| Live {
            sender,
            redact: (!redactor.is_empty()).then(|| RedactStream::new(redactor.clone())),
            left_bytes: limits.emitted_bytes,
        }),
    };
    let usage = usage(&installed.manifest, limits);
    let state = CallState::new(shared.clone(), installed.clone(), Some(session), usage);
    let running = hold(
        turn,
        invoke::within(wall, invoke::run_action(state, request)),
    );
    let (answer, logs) = drive(shared, &installed, running).await?;
    let rules = OutcomeRules {
        settable: &rules.0,
        exits: &rules.1,
        max_bytes: limits.outcome_bytes,
        redactor: &redactor,
    };
    match answer {
        Ok(outcome) => wire::outcome(outcome, logs, &rules),
        Err(failure) => Err(wire::failure(failure, &redactor)),
    }
}

/// Runs a script.
pub(crate) async fn evaluate(
    shared: &Arc<Shared>,
    installed: Arc<Installed>,
    script: Script,
    turn: Turn,
) -> Result<Evaluation, ScriptError> {
    let limits = &shared.settings.limits;
    let wall = limits.script_wall;
    let injector = Arc::new(Injector::default());
    let redactor = Arc::new(Redactor::default());
    let hosts = Some(OptionHosts::AnyPublic);
    let request = wire::script(&script);
    let witness = witness(shared, &installed, (&script.workspace, &script.bot), None);
    let session = Session {
        http: http_session(
            &installed,
            limits,
            &injector,
            &redactor,
            (hosts, false, wall),
            witness,
        ),
        workspace: script.workspace,
        bot: script.bot,
        injector,
        redactor,
        live: None,
    };
    let usage = (limits.script_memory_bytes, limits.script_wall);
    let state = CallState::new(shared.clone(), installed.clone(), Some(session), usage);
    let running = hold(
        turn,
        invoke::within(wall, invoke::run_script(state, request)),
    );
    match drive(shared, &installed, running).await? {
        Ok(evaluation) => Ok(wire::evaluation(evaluation, limits.outcome_bytes)?),
        Err(exception) => Err(ScriptError::Exception(exception.message)),
    }
}

/// Memory and processor time: a manifest may ask for less than usual, never for more than the
/// operator's limits.
pub(crate) fn usage(manifest: &Manifest, limits: &Limits) -> (usize, Duration) {
    if manifest
        .provides
        .contains(&talkloom_manifest::Interface::Script)
    {
        return (limits.script_memory_bytes, limits.script_wall);
    }
    let memory = manifest
        .limits
        .memory_mib
        .map_or(limits.memory_bytes, |mib| {
            let asked = usize::try_from(mib)
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20);
            asked.min(limits.memory_bytes)
        });
    let cpu = manifest.limits.cpu_ms.map_or(limits.action_cpu, |ms| {
        Duration::from_millis(ms.into()).min(limits.action_cpu)
    });
    (memory, cpu)
}

fn wall(manifest: &Manifest, limits: &Limits, streams: bool) -> Duration {
    let usual = if streams {
        limits.streamed_wall
    } else {
        limits.action_wall
    };
    manifest
        .limits
        .wall_ms
        .map_or(usual, |ms| Duration::from_millis(ms.into()).min(usual))
}

fn find_action<'a>(manifest: &'a Manifest, call: &BlockCall) -> Result<&'a Action, Failure> {
    let unknown = || Failure::UnknownAction {
        block_type: call.block_type.clone(),
        action: call.action.clone(),
    };
    let block = manifest.block(&call.block_type).ok_or_else(unknown)?;
    let name = match (call.action.as_str(), &block.default_action) {
        ("", Some(usual)) => usual,
        _ => &call.action,
    };
    if !block.actions.contains(name) {
        return Err(unknown());
    }
    manifest.action(name).ok_or_else(unknown)
}

fn check_size(options: &Value, limits: &Limits) -> Result<(), Failure> {
    if depth_exceeds(options, limits.options_depth) {
        return Err(Failure::TooLarge(format!(
            "The block's settings nest deeper than {} levels.",
            limits.options_depth
        )));
    }
    Ok(())
}

fn depth_exceeds(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|v| depth_exceeds(v, left - 1)),
        Value::Object(fields) => left == 0 || fields.values().any(|v| depth_exceeds(v, left - 1)),
        _ => false,
    }
}

/// Takes the credential's fields into care: from here on only rules of the manifest use them.
fn injector(installed: &Installed, call: &mut BlockCall) -> Result<Injector, Failure> {
    let Some(credential) = &mut call.credential else {
        return Ok(Injector::default());
    };
    let kind = installed
        .manifest
        .credential(&credential.kind)
        .ok_or_else(|| {
            Failure::Denied(format!(
                "The block cannot use a credential of the kind “{}”. Choose another.",
                credential.kind
            ))
        })?;
    Ok(Injector::new(kind, credential.clone()))
}

fn http_session(
    installed: &Installed,
    limits: &Limits,
    injector: &Arc<Injector>,
    redactor: &Arc<Redactor>,
    (option_hosts, streams, wall): (Option<OptionHosts>, bool, Duration),
    witness: Option<Arc<Witness>>,
) -> Arc<HttpSession> {
    let asked = &installed.manifest.limits;
    let requests = asked
        .http_requests
        .map_or(limits.requests, |n| n.min(limits.requests));
    Arc::new(HttpSession {
        client: installed.client.clone(),
        grant: installed.hosts.clone(),
        option_hosts,
        injector: injector.clone(),
        redactor: redactor.clone(),
        requests_left: AtomicU32::new(requests),
        request_bytes: limits.request_bytes,
        response_bytes: if streams {
            limits.streamed_response_bytes
        } else {
            limits.response_bytes
        },
        // A late answer fails the request while the block still has time to work with that.
        timeout: wall - wall / 10,
        witness,
    })
}

/// Notes what the call sends, where somebody hears it.
fn witness(
    shared: &Shared,
    installed: &Installed,
    (workspace, bot): (&str, &str),
    credential: Option<String>,
) -> Option<Arc<Witness>> {
    let hearer = shared.hearer.load_full()?;
    Some(Arc::new(Witness {
        hearer: Arc::clone(&hearer),
        clock: shared.settings.clock.clone(),
        workspace: workspace.to_owned(),
        bot: bot.to_owned(),
        block: installed.manifest.id.clone(),
        version: installed.manifest.version.clone(),
        credential,
    }))
}

/// Keeps a turn until the call has ended and its instance is gone.
async fn hold<T>(turn: Turn, call: impl Future<Output = T>) -> T {
    let output = call.await;
    drop(turn);
    output
}

/// Runs a call, first where its caller is if such calls are usually brief.
async fn drive<T: Send + 'static>(
    shared: &Shared,
    installed: &Installed,
    running: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let try_here = installed.brief.load(Ordering::Relaxed);
    let Driven { output, brief } = shared.guests.drive(try_here, running).await;
    installed.brief.store(brief, Ordering::Relaxed);
    output.unwrap_or_else(|error| {
        tracing::error!(%error, block = installed.manifest.id, "a call broke in the host");
        Err(Failure::Trap {
            detail: "the host broke off the call".into(),
        })
    })
}
