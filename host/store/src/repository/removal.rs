//! Removing what others point at, and everything with it.
//!
//! Foreign keys take along what is written once in a conversation. Sessions, journals, idempotency
//! keys and messages for listeners have none, because each turn would pay for the check: they are
//! removed here, first. Rows of files stay until the files are gone from the storage, and what a
//! preview left after its end goes with the clean-up of previews.

use sea_orm::{ConnectionTrait, Statement, Value};

use crate::bulk::{Bulk, Cast};
use crate::error::{Context, Result};
use crate::executor::Executor;

const fn of_results(head: &'static str, tail: &'static str) -> Bulk {
    Bulk {
        head,
        columns: &[Cast::Text],
        tail,
    }
}

/// Around a list of results, in the order in which they have to run.
const RESULTS: [Bulk; 5] = [
    of_results(
        "DELETE FROM idempotency_keys WHERE scope IN (SELECT session_id FROM journal \
         WHERE result_id IN (",
        "))",
    ),
    of_results("DELETE FROM journal WHERE result_id IN (", ")"),
    of_results("DELETE FROM listener_messages WHERE room IN (", ")"),
    of_results("DELETE FROM block_values WHERE owner IN (", ")"),
    of_results(
        "DELETE FROM sessions WHERE id IN (SELECT session_id FROM results WHERE id IN (",
        "))",
    ),
];

const THEMSELVES: Bulk = of_results("DELETE FROM results WHERE id IN (", ") RETURNING id");

/// Removes results with everything that belongs to them; gives how many there were.
pub(super) async fn results(connection: &Executor<'_>, ids: &[String]) -> Result<u64> {
    let rows = || ids.iter().map(|id| vec![id.clone().into()]);
    for statement in RESULTS {
        let removed = statement.execute(connection, rows()).await;
        removed.during("removing what belongs to results")?;
    }
    let removed = THEMSELVES.query(connection, rows()).await;
    Ok(removed.during("removing results")?.len() as u64)
}

/// Of a bot ($2) of a workspace ($1), in the order in which they have to run.
const BOT: [&str; 10] = [
    "DELETE FROM idempotency_keys WHERE scope IN (SELECT session_id FROM journal \
     WHERE result_id IN (SELECT id FROM results WHERE bot_id = $2 AND workspace_id = $1))",
    "DELETE FROM idempotency_keys WHERE scope IN (SELECT id FROM sessions \
     WHERE bot_id = $2 AND workspace_id = $1)",
    "DELETE FROM idempotency_keys WHERE scope = $2 AND workspace_id = $1",
    "DELETE FROM journal WHERE result_id IN (SELECT id FROM results \
     WHERE bot_id = $2 AND workspace_id = $1)",
    "DELETE FROM journal WHERE session_id IN (SELECT id FROM sessions \
     WHERE bot_id = $2 AND workspace_id = $1)",
    "DELETE FROM listener_messages WHERE room IN (SELECT id FROM results \
     WHERE bot_id = $2 AND workspace_id = $1)",
    "DELETE FROM listener_messages WHERE room IN (SELECT id FROM sessions \
     WHERE bot_id = $2 AND workspace_id = $1)",
    "DELETE FROM block_values WHERE owner IN (SELECT id FROM results \
     WHERE bot_id = $2 AND workspace_id = $1)",
    "DELETE FROM sessions WHERE bot_id = $2 AND workspace_id = $1",
    "DELETE FROM bots WHERE id = $2 AND workspace_id = $1",
];

/// Removes a bot with everything that belongs to it; says whether it was there.
pub(super) async fn bot(connection: &Executor<'_>, workspace: Value, bot: Value) -> Result<bool> {
    let removed = run(connection, &BOT, &[workspace, bot]).await?;
    Ok(removed == 1)
}

/// Of a workspace ($1), in the order in which they have to run.
const WORKSPACE: [&str; 10] = [
    "DELETE FROM idempotency_keys WHERE scope IN (SELECT session_id FROM journal \
     WHERE result_id IN (SELECT id FROM results WHERE workspace_id = $1))",
    "DELETE FROM idempotency_keys WHERE workspace_id = $1",
    "DELETE FROM journal WHERE result_id IN (SELECT id FROM results WHERE workspace_id = $1)",
    "DELETE FROM journal WHERE result_id IS NULL AND workspace_id = $1",
    "DELETE FROM listener_messages WHERE workspace_id = $1",
    "DELETE FROM sessions WHERE workspace_id = $1",
    "DELETE FROM jobs WHERE workspace_id = $1",
    "DELETE FROM webhook_endpoints WHERE workspace_id = $1",
    "DELETE FROM bots WHERE workspace_id = $1",
    "DELETE FROM workspaces WHERE id = $1",
];

/// Removes a workspace with everything that belongs to it; says whether it was there.
pub(super) async fn workspace(connection: &Executor<'_>, workspace: Value) -> Result<bool> {
    let removed = run(connection, &WORKSPACE, &[workspace]).await?;
    Ok(removed == 1)
}

/// Gives how many rows the last statement changed.
async fn run(connection: &Executor<'_>, statements: &[&str], values: &[Value]) -> Result<u64> {
    let backend = connection.get_database_backend();
    let mut changed = 0;
    for sql in statements {
        let statement = Statement::from_sql_and_values(backend, *sql, values.iter().cloned());
        let done = connection.execute_raw(statement).await;
        changed = done
            .during("removing what belongs together")?
            .rows_affected();
    }
    Ok(changed)
}
