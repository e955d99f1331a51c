//! A visitor's reply is taken.

use std::sync::Arc;

use talkloom_engine::journal::Recorder;
use talkloom_engine::output::ChatReply;
use talkloom_engine::{Reply, Turn};
use talkloom_store::repository::TurnMark;
use talkloom_store::{
    Advance, IdempotencyKey, JournalEntry, Listened, Repositories, ResultId, SessionId,
    SessionWrite, StoreError, patiently,
};
use tracing::Instrument;

use super::doubts::Doubt;
use super::lease::{Lease, Record};
use super::listened::listened;
use super::records::{Changes, turn_write};
use super::slots::Waiting;
use super::turn::{Scope, Taken, TurnError, take};
use super::{repeat, settle};
use crate::metrics::{self, Judged, Kind, TurnOutcome};
use crate::versions::LoadedVersion;
use crate::{App, telemetry};

/// How often a turn is taken anew because another process was quicker.
const ATTEMPTS: usize = 16;

/// A reply that was taken.
pub struct Replied {
    /// What the bot says.
    pub reply: ChatReply,
    /// The bot's builder is on the other side, and may see everything.
    pub is_preview: bool,
}

/// Takes a reply and stores the turn. `admit` looks at the conversation's version before anything
/// runs and may refuse.
pub async fn reply<E, A>(app: &App, id: SessionId, reply: Reply, admit: A) -> Result<Replied, E>
where
    E: From<TurnError> + Judged + Send + 'static,
    A: Fn(&LoadedVersion) -> Result<(), E> + Send + Sync + 'static,
{
    reply_once(app, id, reply, None, admit).await
}

/// As [`reply`], with a key: the same reply sent again with it is answered as before and not taken
/// again.
pub async fn reply_once<E, A>(
    app: &App,
    id: SessionId,
    reply: Reply,
    key: Option<String>,
    admit: A,
) -> Result<Replied, E>
where
    E: From<TurnError> + Judged + Send + 'static,
    A: Fn(&LoadedVersion) -> Result<(), E> + Send + Sync + 'static,
{
    let task = {
        let app = app.clone();
        async move {
            let watch = metrics::watch_turn(Kind::Reply);
            let replied = reply_now(&app, id, reply, key.as_deref(), admit).await;
            watch.end(TurnOutcome::of(&replied));
            replied
        }
    };
    // A visitor who leaves does not cut the turn in half.
    let span = tracing::debug_span!("turn", kind = "reply");
    match app
        .turns
        .spawn(telemetry::carried(task.instrument(span)))
        .await
    {
        Ok(replied) => replied,
        Err(broken) => Err(TurnError::from(broken).into()),
    }
}

async fn reply_now<E: From<TurnError>>(
    app: &App,
    id: SessionId,
    reply: Reply,
    key: Option<&str>,
    admit: impl Fn(&LoadedVersion) -> Result<(), E>,
) -> Result<Replied, E> {
    let slot = app.conversations.slot(&id);
    let locked = app.stopping.cut(slot.lock()).await;
    let mut slot = locked.ok_or(TurnError::Stopped)?;
    let remembered = slot.as_ref().map(|waiting| waiting.turn);
    let mut lease = Lease::take(app, &id, remembered).await?;
    // Where several processes may answer, only a lease tells whether what is remembered is the last.
    slot.take_if(|_| app.redis.is_some() && !lease.as_ref().is_some_and(Lease::is_remembered));
    for _ in 0..ATTEMPTS {
        if let Some(key) = key
            && let Some(replied) = Box::pin(repeat::replied(app, &id, key, &reply, &admit)).await?
        {
            return Ok(replied);
        }
        let doubt = app.doubts.of(&id);
        if let Some(doubt) = &doubt {
            admit(&doubt.version)?;
            let settled = doubt.settle(&app.store, &reply).await;
            if let Some(replied) = settled.map_err(TurnError::from)? {
                // From here on the same words are the next answer.
                app.doubts.forget(&id);
                return Ok(replied);
            }
        }
        let waiting = match slot.take() {
            Some(waiting) => waiting,
            None => match lease.as_mut().and_then(Lease::record) {
                Some(record) => Box::pin(open(app, record)).await?,
                None => Box::pin(load(app, &id)).await?,
            },
        };
        if let Err(refusal) = admit(&waiting.version) {
            *slot = Some(waiting);
            return Err(refusal);
        }
        match take_turn(app, &id, waiting, &reply, key).await {
            Ok(stored) => {
                if doubt.is_some() {
                    app.doubts.forget(&id);
                }
                if let (Some(lease), Some(text)) = (lease, stored.state)
                    && let Some(next) = &stored.next
                {
                    lease.release_with(&next.record(text));
                }
                *slot = stored.next;
                return Ok(stored.replied);
            }
            // Another process took this turn: the slot is empty, and the next attempt reads.
            Err(TurnError::Store(StoreError::Conflict { .. })) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(TurnError::Busy.into())
}

pub(super) async fn load(app: &App, id: &SessionId) -> Result<Waiting, TurnError> {
    let reader = app.store.reader();
    let session = patiently(|| async { reader.visitors().session(id).await }).await?;
    let Some(session) = session else {
        app.conversations.forget(id);
        return Err(TurnError::NoSession);
    };
    let version = app
        .versions
        .find(&session.workspace_id, &session.version_id)
        .await?;
    Ok(Waiting {
        version: version.ok_or(TurnError::NoVersion)?,
        state: serde_json::from_str(&session.state)?,
        turn: session.turn,
    })
}

/// A conversation as another process left it.
async fn open(app: &App, record: Record) -> Result<Waiting, TurnError> {
    let version = app
        .versions
        .find(&record.workspace_id, &record.version_id)
        .await?;
    Ok(Waiting {
        version: version.ok_or(TurnError::NoVersion)?,
        state: serde_json::from_str(&record.state)?,
        turn: record.turn,
    })
}

async fn take_turn(
    app: &App,
    id: &SessionId,
    waiting: Waiting,
    reply: &Reply,
    key: Option<&str>,
) -> Result<Stored, TurnError> {
    let Waiting {
        version,
        state,
        turn: from_turn,
    } = waiting;
    let scope = Scope {
        workspace_id: version.workspace_id.clone(),
        bot_id: version.bot_id.clone(),
        session_id: id.clone(),
        result_id: state
            .root_result()
            .map(|result| ResultId(result.to_owned())),
        pins: Arc::clone(&version.pins),
        letters: Arc::default(),
    };
    let listened = listened(app, &scope, (&version, &state), from_turn, reply).await?;
    let installed = app.catalogs.of(app, &scope.pins).await?;
    let recorder = Recorder::of_reply(&installed.name, reply)?;
    let turn = Turn::reply(state, version.flow_ref(), installed.catalog, reply.clone());
    let taken = take(app, &scope, turn, recorder).await?;
    let marks = Marks {
        from_turn,
        listened,
        said: reply,
        key,
    };
    store(app, &scope, version, taken, marks).await
}

/// A turn that was stored.
struct Stored {
    replied: Replied,
    /// Where the conversation stands now, if that may be remembered.
    next: Option<Waiting>,
    /// Its state as text, where other processes are to have it at hand.
    state: Option<String>,
}

/// What a reply's turn is known by.
struct Marks<'k> {
    from_turn: i64,
    listened: Option<Listened>,
    said: &'k Reply,
    key: Option<&'k str>,
}

async fn store(
    app: &App,
    scope: &Scope,
    version: Arc<LoadedVersion>,
    taken: Taken,
    marks: Marks<'_>,
) -> Result<Stored, TurnError> {
    let from_turn = marks.from_turn;
    let now_ms = app.clock.now_ms();
    let id = scope.session_id.clone();
    let is_preview = version.is_preview;
    // A preview that came to its end begins anew with the next reply.
    let mut state = None;
    let session = if taken.is_over && !is_preview {
        SessionWrite::End { id, from_turn }
    } else {
        let text = serde_json::to_string(&taken.state)?;
        state = app.redis.is_some().then(|| text.clone());
        SessionWrite::Advance(Advance {
            id,
            from_turn,
            state: text,
        })
    };
    let journal = JournalEntry {
        session_id: scope.session_id.clone(),
        turn: from_turn + 1,
        workspace_id: scope.workspace_id.clone(),
        result_id: scope.result_id.clone(),
        entry: taken.journal,
        created_at: now_ms,
    };
    let mut write = turn_write(app, scope, session, taken.output.records, journal).await?;
    write.idempotency_key = marks.key.map(|key| {
        let (workspace, id) = (scope.workspace_id.clone(), scope.session_id.clone());
        IdempotencyKey::of_reply(key.to_owned(), workspace, id, from_turn + 1, now_ms)
    });
    write.listened = marks.listened;
    write.jobs = app.webhooks.of_turn(app, &write, false).await?;
    let changes = Changes::of(&write);
    let sent = settle::results_with_files(&write);
    let span = tracing::debug_span!("commit");
    if let Err(error) = app.store.commit_turn(write).instrument(span).await {
        if let StoreError::Unsettled { turn } = &error {
            let doubt = Doubt {
                turn: TurnMark::clone(turn),
                said: marks.said.clone(),
                answer: taken.output.reply,
                version,
            };
            app.doubts.note(&scope.session_id, doubt);
        }
        return Err(error.into());
    }
    changes.tell(&app.bus);
    settle::settle(app, &scope.workspace_id, sent).await;
    tracing::debug!(
        session = %scope.session_id, turn = from_turn + 1, over = taken.is_over, "reply taken"
    );
    let replied = Replied {
        reply: taken.output.reply,
        is_preview,
    };
    // A preview may be replaced by any process at any time: it is read for every reply.
    let is_remembered = !is_preview && !taken.is_over;
    if taken.is_over && !is_preview {
        app.conversations.forget(&scope.session_id);
    }
    let next = is_remembered.then(|| Waiting {
        version,
        state: taken.state,
        turn: from_turn + 1,
    });
    Ok(Stored {
        replied,
        next,
        state,
    })
}
