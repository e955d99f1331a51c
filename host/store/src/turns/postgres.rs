//! On PostgreSQL, turns that are written together are one statement: one way there and back, with
//! its own commit. Its text never changes, however many rows there are, since columns go as arrays;
//! so it stays prepared.
//!
//! What few turns do (a preview that begins anew, a message that was taken, a job) goes the general
//! way.

use std::collections::HashSet;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgConnection, PgPool};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, Encode, Postgres, Row, Type};
use sea_orm::{DbErr, RuntimeErr};

use super::{SessionWrite, TurnWrite, now};
use crate::error::{Context, Result};
use crate::{Session, SessionId};

const WRITE_TURNS: &str = include_str!("write_turns.sql");

/// Statements under way at a time: while one waits for the disk, the next is worked on.
pub(crate) const LANES: u32 = 2;

/// The planner must not be misled by tables that were empty when it looked: rows are found by key.
pub(crate) const PLANNING: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; \
                        SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";

/// Whether all that a turn leaves is of the kinds that the statement writes.
pub(super) fn takes(write: &TurnWrite) -> bool {
    !matches!(write.session, SessionWrite::Replace(_))
        && write.listened.is_none()
        && write.jobs.is_empty()
        && !said(write).any(|text| text.contains('\0'))
}

/// Texts that may hold what PostgreSQL refuses; the general way replaces it.
fn said(write: &TurnWrite) -> impl Iterator<Item = &str> {
    let answers = write.answers.iter().map(|answer| answer.content.as_str());
    let logs = write.logs.iter().flat_map(|log| {
        let more = [log.details.as_deref(), log.context.as_deref()];
        more.into_iter().flatten().chain([log.description.as_str()])
    });
    let changes = write.variable_changes.iter();
    let edges = write.visited_edges.iter();
    answers
        .chain(logs)
        .chain(edges.map(|edge| edge.edge_id.as_str()))
        .chain(changes.map(|change| change.value.as_str()))
}

/// A connection for the statement.
pub(super) async fn connection(pool: &PgPool) -> Result<PoolConnection<Postgres>> {
    let connection = pool.acquire().await.map_err(failure);
    connection.during("connecting to PostgreSQL")
}

/// Writes turns of different sessions; gives the sessions that had moved on.
pub(super) async fn write(
    connection: &mut PgConnection,
    writes: &[&TurnWrite],
) -> Result<HashSet<SessionId>> {
    let kept = statement(writes).fetch_all(connection).await;
    let kept = kept.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect());
    let kept: HashSet<String> = kept
        .map_err(failure)
        .unless_taken("turn", "writing turns")?;
    let lost = writes
        .iter()
        .map(|write| write.session.id())
        .filter(|id| !kept.contains(id.as_str()))
        .cloned()
        .collect();
    Ok(lost)
}

fn failure(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

type Statement<'w> = Query<'w, Postgres, sqlx::postgres::PgArguments>;

/// Binds the columns in the order of the statement's parameters.
fn statement<'w>(writes: &[&'w TurnWrite]) -> Statement<'w> {
    let statement = sqlx::query(WRITE_TURNS);
    let statement = bind_sessions(statement, writes);
    let statement = bind_results(statement, writes);
    let statement = bind_records(statement, writes);
    bind_journal(statement, writes)
}

fn bind_sessions<'w>(mut statement: Statement<'w>, writes: &[&'w TurnWrite]) -> Statement<'w> {
    let started = writes.iter().filter_map(|write| match &write.session {
        SessionWrite::Start(session) => Some(&**session),
        _ => None,
    });
    let started: Vec<&Session> = started.collect();
    statement = column(statement, &started, |session| session.id.as_str());
    statement = column(statement, &started, |session| session.workspace_id.as_str());
    statement = column(statement, &started, |session| session.bot_id.as_str());
    statement = column(statement, &started, |session| session.version_id.as_str());
    statement = column(statement, &started, |session| {
        session.result_id.as_ref().map(|result| result.as_str())
    });
    statement = column(statement, &started, |session| session.state.as_str());
    statement = column(statement, &started, |session| session.turn);
    statement = column(statement, &started, |session| session.is_preview);
    statement = column(statement, &started, |session| session.created_at);
    statement = column(statement, &started, |session| session.updated_at);

    let advanced = writes.iter().filter_map(|write| match &write.session {
        SessionWrite::Advance(advance) => Some((advance, &write.workspace_id)),
        _ => None,
    });
    let mut advanced: Vec<_> = advanced.collect();
    // Two servers that lock rows lock them in one order.
    advanced.sort_unstable_by(|(a, _), (b, _)| a.id.as_str().cmp(b.id.as_str()));
    statement = column(statement, &advanced, |(advance, _)| advance.id.as_str());
    statement = column(statement, &advanced, |(advance, _)| advance.from_turn);
    statement = column(statement, &advanced, |(advance, _)| advance.state.as_str());
    statement = column(statement, &advanced, |(_, workspace)| workspace.as_str());
    statement = statement.bind(now(writes));

    let ended = writes.iter().filter_map(|write| match &write.session {
        SessionWrite::End { id, from_turn } => Some((id, *from_turn, &write.workspace_id)),
        _ => None,
    });
    let ended: Vec<_> = ended.collect();
    statement = column(statement, &ended, |(id, _, _)| id.as_str());
    statement = column(statement, &ended, |(_, turn, _)| *turn);
    column(statement, &ended, |(_, _, workspace)| workspace.as_str())
}

fn bind_results<'w>(mut statement: Statement<'w>, writes: &[&'w TurnWrite]) -> Statement<'w> {
    let results = rows(writes, |write| &write.results);
    statement = column(statement, &results, |(_, result)| result.id.as_str());
    statement = column(statement, &results, |(write, _)| {
        write.workspace_id.as_str()
    });
    statement = column(statement, &results, |(_, result)| result.bot_id.as_str());
    statement = column(statement, &results, |(write, _)| {
        write.session.id().as_str()
    });
    statement = column(statement, &results, |(_, result)| result.variables.as_str());
    statement = column(statement, &results, |(_, result)| result.has_started);
    column(statement, &results, |(_, result)| result.is_completed)
}

fn bind_records<'w>(mut statement: Statement<'w>, writes: &[&'w TurnWrite]) -> Statement<'w> {
    let answers = rows(writes, |write| &write.answers);
    statement = column(statement, &answers, |(write, _)| {
        write.session.id().as_str()
    });
    statement = column(statement, &answers, |(_, answer)| answer.result_id.as_str());
    statement = column(statement, &answers, |(_, answer)| answer.block_id.as_str());
    statement = column(statement, &answers, |(_, answer)| answer.content.as_str());
    statement = column(statement, &answers, |(_, answer)| {
        answer.attached_file_urls.as_deref()
    });

    let logs = rows(writes, |write| &write.logs);
    statement = column(statement, &logs, |(write, _)| write.session.id().as_str());
    statement = column(statement, &logs, |(_, log)| log.result_id.as_str());
    statement = column(statement, &logs, |(_, log)| log.status.as_str());
    statement = column(statement, &logs, |(_, log)| log.description.as_str());
    statement = column(statement, &logs, |(_, log)| log.details.as_deref());
    statement = column(statement, &logs, |(_, log)| log.context.as_deref());

    let edges = rows(writes, |write| &write.visited_edges);
    statement = column(statement, &edges, |(write, _)| write.session.id().as_str());
    statement = column(statement, &edges, |(_, edge)| edge.result_id.as_str());
    statement = column(statement, &edges, |(_, edge)| edge.index);
    statement = column(statement, &edges, |(_, edge)| edge.edge_id.as_str());

    let changes = rows(writes, |write| &write.variable_changes);
    statement = column(statement, &changes, |(write, _)| {
        write.session.id().as_str()
    });
    statement = column(statement, &changes, |(_, change)| change.result_id.as_str());
    statement = column(statement, &changes, |(_, change)| change.index);
    statement = column(statement, &changes, |(_, change)| change.block_id.as_str());
    statement = column(statement, &changes, |(_, change)| change.block_index);
    statement = column(statement, &changes, |(_, change)| {
        change.variable_id.as_str()
    });
    column(statement, &changes, |(_, change)| change.value.as_str())
}

fn bind_journal<'w>(mut statement: Statement<'w>, writes: &[&'w TurnWrite]) -> Statement<'w> {
    let entries: Vec<_> = writes.iter().map(|write| &write.journal).collect();
    statement = column(statement, &entries, |entry| entry.session_id.as_str());
    statement = column(statement, &entries, |entry| entry.turn);
    statement = column(statement, &entries, |entry| entry.workspace_id.as_str());
    statement = column(statement, &entries, |entry| {
        entry.result_id.as_ref().map(|result| result.as_str())
    });
    statement = column(statement, &entries, |entry| entry.entry.as_slice());
    statement = column(statement, &entries, |entry| entry.created_at);

    let keys: Vec<_> = writes
        .iter()
        .filter_map(|write| write.idempotency_key.as_ref())
        .collect();
    statement = column(statement, &keys, |key| key.scope.as_str());
    statement = column(statement, &keys, |key| key.key.as_str());
    statement = column(statement, &keys, |key| key.workspace_id.as_str());
    statement = column(statement, &keys, |key| key.session_id.as_str());
    statement = column(statement, &keys, |key| key.turn);
    column(statement, &keys, |key| key.created_at)
}

/// Each row with the turn that it belongs to.
fn rows<'w, T>(
    writes: &[&'w TurnWrite],
    of: impl Fn(&'w TurnWrite) -> &'w Vec<T>,
) -> Vec<(&'w TurnWrite, &'w T)> {
    let each = |write: &&'w TurnWrite| {
        let write = *write;
        of(write).iter().map(move |row| (write, row))
    };
    writes.iter().flat_map(each).collect()
}

/// Binds one column of rows.
fn column<'w, R, T>(statement: Statement<'w>, rows: &[R], value: impl Fn(&R) -> T) -> Statement<'w>
where
    Vec<T>: Encode<'w, Postgres> + Type<Postgres> + 'w,
{
    statement.bind(rows.iter().map(value).collect::<Vec<T>>())
}
