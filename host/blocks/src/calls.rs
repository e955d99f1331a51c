//! From a call's input to its checked output: sizes, grants, credentials, and whose turn it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use talkloom_manifest::{Action, Manifest, PermissionKind};
use tokio::sync::mpsc;

use crate::bindings::talkloom::block::types as wire_types;
use crate::egress::{HttpSession, Injector, OptionHosts, Renewed, Witness};
use crate::guest::{Evaluate, GuestCall, Run};
use crate::guests::Driven;
use crate::redact::{RedactStream, Redactor};
use crate::runtime::Shared;
use crate::settings::Limits;
use crate::state::{CallState, Live, Session};
use crate::turns::Turn;
use crate::wire::{self, OutcomeRules};
use crate::{
    BlockCall, Credential, Evaluation, Failure, Installed, Log, Outcome, Script, ScriptError,
    invoke,
};

/// What a call may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub memory_bytes: usize,
    pub cpu: Duration,
    pub wall: Duration,
    /// Its answer is shown as it comes.
    pub streams: bool,
}

/// A sandbox that is ready to be entered.
pub(crate) struct Ready {
    pub state: CallState,
    pub turn: Turn,
    pub wall: Duration,
}

/// What an outcome is held against.
pub(crate) struct Checks {
    settable: Vec<String>,
    exits: Vec<String>,
    violations: Vec<Log>,
    max_bytes: usize,
    pub redactor: Arc<Redactor>,
}

/// Calls an action.
pub(crate) async fn call(
    shared: &Arc<Shared>,
    installed: Arc<Installed>,
    call: BlockCall,
    live: Option<mpsc::Sender<String>>,
) -> Result<Outcome, Failure> {
    let limits = &shared.settings.limits;
    let action = find_action(&installed.manifest, &call)?;
    let budget = action_budget(
        &installed.manifest,
        limits,
        action.streams && live.is_some(),
    );
    let (mut ready, request, checks) = prepare(shared, &installed, call, budget).await?;
    if let Some(session) = &mut ready.state.session {
        let redactor = &checks.redactor;
        session.live = live.map(|sender| Live {
            sender,
            redact: (!redactor.is_empty()).then(|| RedactStream::new(redactor.clone())),
            left_bytes: limits.emitted_bytes,
        });
    }
    let (answer, logs) = enter(shared, &installed, ready, Run(request)).await?;
    checks.outcome(answer, logs)
}

/// Checks a call's input and takes its place: sizes, credential, grants.
pub(crate) async fn prepare(
    shared: &Arc<Shared>,
    installed: &Arc<Installed>,
    mut call: BlockCall,
    budget: Budget,
) -> Result<(Ready, wire_types::Call, Checks), Failure> {
    let limits = &shared.settings.limits;
    let action = find_action(&installed.manifest, &call)?;
    check_size(&call.options, limits)?;
    let turn = shared
        .turns
        .take(&installed.turns, &call.context.workspace)
        .await?;
    let in_preview = call.context.result.is_none();
    let injector = injector(installed, call.credential.as_ref())?.in_preview(in_preview);
    let injector = Arc::new(injector);
    let redactor = Arc::new(redactor(&injector));
    let may_read = installed.may(&PermissionKind::Submission);
    let request = wire::call(&call, action, may_read, injector.fields());
    if request.options.len() > limits.options_bytes {
        return Err(Failure::TooLarge(format!(
            "The block's settings have more than {} KiB after variables were put in.",
            limits.options_bytes >> 10
        )));
    }
    let checks = Checks {
        settable: call.variables.iter().map(|v| v.id.clone()).collect(),
        exits: action.exits.iter().map(|e| e.name.clone()).collect(),
        violations: installed.schemas.violations(&action.name, &call.options),
        max_bytes: limits.outcome_bytes,
        redactor: redactor.clone(),
    };
    let uses_options = installed.hosts.uses_option_hosts();
    let hosts = uses_options.then(|| OptionHosts::of(&call.options));
    let renewed = Renewed::new(call.renewal.take());
    let whose = Whose {
        workspace: &call.context.workspace,
        bot: &call.context.bot,
        credential: call.credential_id.as_deref(),
    };
    let keys = (&injector, &redactor);
    let http = http_session(shared, installed, whose, keys, (hosts, budget), renewed);
    let session = Session {
        workspace: std::mem::take(&mut call.context.workspace),
        bot: std::mem::take(&mut call.context.bot),
        http,
        injector,
        redactor,
        live: None,
        credential: call.credential,
        abilities: call.abilities,
    };
    Ok((
        ready(shared, installed, session, turn, budget),
        request,
        checks,
    ))
}

/// A sandbox for one call.
pub(crate) fn ready(
    shared: &Arc<Shared>,
    installed: &Arc<Installed>,
    session: Session,
    turn: Turn,
    budget: Budget,
) -> Ready {
    let usage = (budget.memory_bytes, budget.cpu);
    Ready {
        state: CallState::new(shared.clone(), installed.clone(), Some(session), usage),
        turn,
        wall: budget.wall,
    }
}

/// Enters the sandbox, and leaves it within the limits.
pub(crate) async fn enter<G: GuestCall>(
    shared: &Shared,
    installed: &Installed,
    ready: Ready,
    call: G,
) -> Result<(G::Answer, Vec<Log>), Failure> {
    let Ready { state, turn, wall } = ready;
    let cpu_limit = state.cpu_limit;
    // A sandbox's future is large, and each that holds it would be as large again.
    let running = Box::pin(hold(turn, invoke::within(wall, invoke::run(state, call))));
    let driving = drive(shared, installed, running);
    shared.watch(installed, cpu_limit, driving).await
}

impl Checks {
    /// Checks what an action or an input did.
    pub(crate) fn outcome(
        self,
        answer: Result<wire_types::Outcome, wire_types::Failure>,
        logs: Vec<Log>,
    ) -> Result<Outcome, Failure> {
        let rules = OutcomeRules {
            settable: &self.settable,
            exits: &self.exits,
            max_bytes: self.max_bytes,
            redactor: &self.redactor,
        };
        let logs = self.violations.into_iter().chain(logs).collect();
        match answer {
            Ok(outcome) => wire::outcome(outcome, logs, &rules),
            Err(failure) => Err(wire::failure(failure, &self.redactor)),
        }
    }

    /// The lines of a call that sets nothing.
    pub(crate) fn logs(self, logs: Vec<Log>) -> Vec<Log> {
        self.violations.into_iter().chain(logs).collect()
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
    let budget = Budget {
        memory_bytes: limits.script_memory_bytes,
        cpu: limits.script_wall,
        wall: limits.script_wall,
        streams: false,
    };
    let injector = Arc::new(Injector::default());
    let redactor = Arc::new(Redactor::default());
    let hosts = Some(OptionHosts::AnyPublic);
    let request = wire::script(&script);
    let whose = Whose {
        workspace: &script.workspace,
        bot: &script.bot,
        credential: None,
    };
    let keys = (&injector, &redactor);
    let session = Session {
        http: http_session(
            shared,
            &installed,
            whose,
            keys,
            (hosts, budget),
            Renewed::default(),
        ),
        workspace: script.workspace,
        bot: script.bot,
        injector,
        redactor,
        live: None,
        credential: None,
        abilities: None,
    };
    let ready = ready(shared, &installed, session, turn, budget);
    let (answer, _) = enter(shared, &installed, ready, Evaluate(request)).await?;
    match answer {
        Ok(evaluation) => Ok(wire::evaluation(evaluation, limits.outcome_bytes)?),
        Err(exception) => Err(ScriptError::Exception(exception.message)),
    }
}

/// What an action may use: its manifest may ask for less than usual, never for more than the
/// operator's limits.
pub(crate) fn action_budget(manifest: &Manifest, limits: &Limits, streams: bool) -> Budget {
    let (memory_bytes, cpu) = usage(manifest, limits);
    Budget {
        memory_bytes,
        cpu,
        wall: wall(manifest, limits, streams),
        streams,
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

pub(crate) fn find_action<'a>(
    manifest: &'a Manifest,
    call: &BlockCall,
) -> Result<&'a Action, Failure> {
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

pub(crate) fn check_size(options: &Value, limits: &Limits) -> Result<(), Failure> {
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

/// The manifest's rules for a credential: from here on only they use its secret fields.
pub(crate) fn injector(
    installed: &Installed,
    credential: Option<&Credential>,
) -> Result<Injector, Failure> {
    let Some(credential) = credential else {
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

/// Finds a credential's secrets in whatever passes.
pub(crate) fn redactor(injector: &Injector) -> Redactor {
    let sensitive = injector.sensitive();
    Redactor::new(sensitive.iter().map(|secret| secret.expose()))
}

pub(crate) fn http_session(
    shared: &Shared,
    installed: &Installed,
    whose: Whose<'_>,
    (injector, redactor): (&Arc<Injector>, &Arc<Redactor>),
    (option_hosts, budget): (Option<OptionHosts>, Budget),
    renewed: Renewed,
) -> Arc<HttpSession> {
    let limits = &shared.settings.limits;
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
        renewed,
        retry_after: asked
            .retry_after_ms
            .map(|ms| Duration::from_millis(ms.into())),
        requests_left: AtomicU32::new(requests),
        request_bytes: limits.request_bytes,
        response_bytes: if budget.streams {
            limits.streamed_response_bytes
        } else {
            limits.response_bytes
        },
        // A late answer fails the request while the block still has time to work with that.
        timeout: budget.wall - budget.wall / 10,
        witness: witness(shared, installed, whose),
    })
}

/// On whose behalf requests are sent, as the egress log has it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Whose<'w> {
    pub workspace: &'w str,
    pub bot: &'w str,
    pub credential: Option<&'w str>,
}

/// Notes what the call sends, where somebody hears it.
fn witness(shared: &Shared, installed: &Installed, whose: Whose<'_>) -> Option<Arc<Witness>> {
    let hearer = shared.hearer.load_full()?;
    Some(Arc::new(Witness {
        hearer: Arc::clone(&hearer),
        clock: shared.settings.clock.clone(),
        workspace: whose.workspace.to_owned(),
        bot: whose.bot.to_owned(),
        block: installed.manifest.id.clone(),
        version: installed.manifest.version.clone(),
        credential: whose.credential.map(str::to_owned),
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
