//! A conversation begins.

use std::sync::Arc;

use serde_json::{Map, Value};
use talkloom_engine::journal::Recorder;
use talkloom_engine::message::{Limits, Remembered, RememberedAnswer, StartFrom, TextFormat};
use talkloom_engine::output::ChatReply;
use talkloom_engine::{Message, Start, State, Turn};
use talkloom_flow::settings::Settings;
use talkloom_store::{
    IdempotencyKey, JournalEntry, Repositories, ResultId, Session, SessionId, SessionWrite,
    StoreError,
};
use tracing::Instrument;

use super::lease::{self, Lease};
use super::records::{Changes, turn_write};
use super::repeat;
use super::slots::Waiting;
use super::turn::{Scope, Taken, TurnError, take};
use crate::metrics::{self, Kind, TurnOutcome};
use crate::versions::LoadedVersion;
use crate::{App, telemetry};

/// What a visitor's page sends to begin.
#[derive(Debug, Clone, Default)]
pub struct StartRequest {
    /// A first reply, given before the bot asked.
    pub message: Option<Message>,
    /// Whether the page can show an answer word by word.
    pub is_stream_enabled: bool,
    /// Whether the conversation begins with the first reply only.
    pub is_only_registering: bool,
    /// Variables set from outside: name → value.
    pub prefilled_variables: Map<String, Value>,
    /// The result of an earlier conversation with the same visitor.
    pub result_id: Option<String>,
    /// How texts are written.
    pub text_format: TextFormat,
    /// Where a preview begins; otherwise at the start event.
    pub from: Option<StartFrom>,
    /// The id that a preview is to have; one that has it already is replaced.
    pub session_id: Option<SessionId>,
    /// Tells the request apart when it is sent again: it begins one conversation only.
    pub idempotency_key: Option<String>,
}

/// A conversation that began.
pub struct Began {
    /// Its id.
    pub session_id: SessionId,
    /// What it leaves behind, where more is expected of the visitor.
    pub result_id: Option<ResultId>,
    /// The version it began with.
    pub version: Arc<LoadedVersion>,
    /// What the bot says.
    pub reply: ChatReply,
    /// The state after the first turn.
    pub state: State,
}

/// Begins a conversation with a version and stores the first turn.
pub async fn start(
    app: &App,
    version: Arc<LoadedVersion>,
    request: StartRequest,
) -> Result<Began, TurnError> {
    let task = {
        let app = app.clone();
        async move {
            let watch = metrics::watch_turn(Kind::Start);
            let began = match request.idempotency_key.clone() {
                _ if version.is_preview => Box::pin(preview_now(&app, version, request)).await,
                Some(key) => Box::pin(start_once(&app, version, request, key)).await,
                None => start_now(&app, version, request).await,
            };
            watch.end(TurnOutcome::of(&began));
            began
        }
    };
    // A visitor who leaves does not cut the turn in half.
    let span = tracing::debug_span!("turn", kind = "start");
    app.turns
        .spawn(telemetry::carried(task.instrument(span)))
        .await?
}

/// Begins a preview. One of the same id may be in the midst of a turn: that ends first.
async fn preview_now(
    app: &App,
    version: Arc<LoadedVersion>,
    mut request: StartRequest,
) -> Result<Began, TurnError> {
    let now_ms = app.clock.now_ms();
    let id = request.session_id.take();
    let id = id.unwrap_or_else(|| app.entropy.with(|random| SessionId::draw(now_ms, random)));
    request.session_id = Some(id.clone());
    let slot = app.conversations.slot(&id);
    let locked = app.stopping.cut(slot.lock()).await;
    let mut slot = locked.ok_or(TurnError::Stopped)?;
    let _lease = Lease::take(app, &id, None).await?;
    *slot = None;
    match start_now(app, version, request).await {
        Err(TurnError::Store(StoreError::Conflict { .. })) => Err(TurnError::IdTaken),
        began => began,
    }
}

/// Begins a conversation unless the key began one already.
async fn start_once(
    app: &App,
    version: Arc<LoadedVersion>,
    request: StartRequest,
    key: String,
) -> Result<Began, TurnError> {
    // Nothing else has such an id: the slot only keeps requests with one key in order.
    let place = SessionId(format!("{} {key}", version.bot_id));
    let slot = app.conversations.slot(&place);
    let turn = app.stopping.cut(slot.lock()).await;
    let _turn = turn.ok_or(TurnError::Stopped)?;
    let _lease = Lease::take(app, &place, None).await?;
    if let Some(began) = repeat::began(app, &version, &key, &request).await? {
        return Ok(began);
    }
    match start_now(app, Arc::clone(&version), request.clone()).await {
        // Another process was quicker.
        Err(TurnError::Store(StoreError::Conflict { .. })) => {
            let began = repeat::began(app, &version, &key, &request).await?;
            began.ok_or(TurnError::Busy)
        }
        other => other,
    }
}

async fn start_now(
    app: &App,
    version: Arc<LoadedVersion>,
    request: StartRequest,
) -> Result<Began, TurnError> {
    let now_ms = app.clock.now_ms();
    let (result_id, remembered) = if version.is_preview {
        (None, None)
    } else {
        let (id, remembered) = result(app, &version, request.result_id).await?;
        (Some(id), remembered)
    };
    let draw = || app.entropy.with(|random| SessionId::draw(now_ms, random));
    let scope = Scope {
        workspace_id: version.workspace_id.clone(),
        bot_id: version.bot_id.clone(),
        session_id: request.session_id.unwrap_or_else(draw),
        result_id: result_id.clone(),
        pins: Arc::clone(&version.pins),
        letters: Arc::default(),
    };
    let marks = Marks {
        key: request.idempotency_key,
        has_new_result: result_id.is_some() && remembered.is_none(),
        now_ms,
    };
    let start = Start {
        bot: version.bot_id.0.clone(),
        result: result_id.map(|id| id.0),
        remembered,
        prefilled_variables: request.prefilled_variables,
        message: request.message,
        is_only_registering: request.is_only_registering,
        is_stream_enabled: request.is_stream_enabled,
        text_format: request.text_format,
        from: request.from,
        limits: Limits {
            blocks: app.config.chat.blocks_per_turn,
        },
        ..Start::default()
    };
    let installed = app.catalogs.of(app, &scope.pins).await?;
    let (recorder, start) = Recorder::of_start(version.id.as_str(), &installed.name, start)?;
    let turn = Turn::start(version.flow_ref(), installed.catalog, start);
    let taken = take(app, &scope, turn, recorder).await?;
    store(app, scope, version, taken, marks).await
}

/// The result to write to: the visitor's earlier one, where the bot remembers visitors.
async fn result(
    app: &App,
    version: &LoadedVersion,
    asked: Option<String>,
) -> Result<(ResultId, Option<Remembered>), TurnError> {
    let settings = version.flow.document().settings.get();
    let remembers = settings.is_some_and(Settings::remembers_user);
    if let Some(id) = asked.filter(|_| remembers).map(ResultId)
        && let Some(remembered) = Box::pin(remembered(app, version, &id)).await?
    {
        return Ok((id, Some(remembered)));
    }
    let now_ms = app.clock.now_ms();
    Ok((
        app.entropy.with(|random| ResultId::draw(now_ms, random)),
        None,
    ))
}

async fn remembered(
    app: &App,
    version: &LoadedVersion,
    id: &ResultId,
) -> Result<Option<Remembered>, TurnError> {
    let reader = app.store.reader();
    let result = reader
        .results()
        .find(&version.workspace_id, &version.bot_id, id)
        .await?;
    let Some(result) = result.filter(|result| !result.is_archived) else {
        return Ok(None);
    };
    let answers = reader
        .answers()
        .of_result(&version.workspace_id, id)
        .await?;
    let answers = answers.into_iter().map(|answer| RememberedAnswer {
        block: answer.block_id,
        content: answer.content,
    });
    Ok(Some(Remembered {
        variables: serde_json::from_str(&result.variables)?,
        answers: answers.collect(),
    }))
}

/// What else is known of a conversation that begins.
struct Marks {
    key: Option<String>,
    /// The visitor has no earlier result here.
    has_new_result: bool,
    now_ms: i64,
}

async fn store(
    app: &App,
    scope: Scope,
    version: Arc<LoadedVersion>,
    taken: Taken,
    marks: Marks,
) -> Result<Began, TurnError> {
    let now_ms = marks.now_ms;
    let state = serde_json::to_string(&taken.state)?;
    let text = (app.redis.is_some() && !version.is_preview).then(|| state.clone());
    let session = Session {
        id: scope.session_id.clone(),
        workspace_id: scope.workspace_id.clone(),
        bot_id: scope.bot_id.clone(),
        version_id: version.id.clone(),
        result_id: scope.result_id.clone(),
        state,
        turn: 1,
        is_preview: version.is_preview,
        created_at: now_ms,
        updated_at: now_ms,
    };
    let journal = JournalEntry {
        session_id: scope.session_id.clone(),
        turn: 1,
        workspace_id: scope.workspace_id.clone(),
        result_id: scope.result_id.clone(),
        entry: taken.journal,
        created_at: now_ms,
    };
    let session = if version.is_preview {
        SessionWrite::Replace(Box::new(session))
    } else {
        SessionWrite::Start(Box::new(session))
    };
    let mut write = turn_write(app, &scope, session, taken.output.records, journal).await?;
    write.idempotency_key = marks.key.map(|key| {
        let (workspace, id) = (scope.workspace_id.clone(), scope.session_id.clone());
        IdempotencyKey::of_start(key, workspace, &scope.bot_id, id, now_ms)
    });
    let told = app.webhooks.of_turn(app, &write, marks.has_new_result);
    write.jobs = told.await?;
    let changes = Changes::of(&write);
    let span = tracing::debug_span!("commit");
    app.store.commit_turn(write).instrument(span).await?;
    changes.tell(&app.bus);
    tracing::debug!(bot = %scope.bot_id, session = %scope.session_id, "conversation began");
    let waiting = Waiting {
        version: Arc::clone(&version),
        state: taken.state.clone(),
        turn: 1,
    };
    if let Some(text) = text {
        lease::begin(app, &scope.session_id, &waiting.record(text));
    }
    if !waiting.version.is_preview {
        app.conversations.keep(scope.session_id.clone(), waiting);
    }
    Ok(Began {
        session_id: scope.session_id,
        result_id: scope.result_id.filter(|_| !taken.is_over),
        version,
        reply: taken.output.reply,
        state: taken.state,
    })
}
