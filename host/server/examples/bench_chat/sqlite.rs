//! What SQLite alone can do: the rows of one turn in one transaction, on one thread, without a
//! server around it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, TransactionBehavior, params};

const MEASURED: Duration = Duration::from_secs(3);
/// Sizes as the bench's bot writes them.
const STATE_BYTES: usize = 700;
const ENTRY_BYTES: usize = 200;

/// Transactions a second on a copy of the server's own, migrated database.
pub fn transactions_per_s(database: &Path) -> Result<f64> {
    let mut connection = Connection::open(database)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    let (bot, workspace): (String, String) =
        connection.query_row("SELECT id, workspace_id FROM bots", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    connection.execute(
        "INSERT INTO sessions (id, workspace_id, bot_id, version_id, state, turn, is_preview, \
         created_at, updated_at) VALUES ('s', ?1, ?2, 'v', '{}', 0, 0, 0, 0)",
        params![workspace, bot],
    )?;
    let state = "x".repeat(STATE_BYTES);
    let entry = vec![b'x'; ENTRY_BYTES];
    let start = Instant::now();
    let mut turns = 0_i64;
    while start.elapsed() < MEASURED {
        turns += 1;
        write_turn(&mut connection, turns, &workspace, &bot, &state, &entry)?;
    }
    Ok(turns as f64 / start.elapsed().as_secs_f64())
}

fn write_turn(
    connection: &mut Connection,
    turn: i64,
    workspace: &str,
    bot: &str,
    state: &str,
    entry: &[u8],
) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // A conversation of four turns, as the bench's bot holds them.
    let result = format!("r{}", turn / 4);
    tx.prepare_cached("UPDATE sessions SET state = ?1, turn = turn + 1, updated_at = ?2 WHERE id = 's' AND turn = ?3")?
        .execute(params![state, turn, turn - 1])?;
    tx.prepare_cached(
        "INSERT INTO results (id, workspace_id, bot_id, session_id, variables, has_started, \
         is_completed, created_at, updated_at) VALUES (?1, ?2, ?3, 's', '[]', 1, 0, ?4, ?4) \
         ON CONFLICT (id) DO UPDATE SET variables = excluded.variables, \
         updated_at = excluded.updated_at",
    )?
    .execute(params![result, workspace, bot, turn])?;
    tx.prepare_cached(
        "INSERT INTO answers (result_id, block_id, content, created_at) VALUES (?1, 'b', 'Ada', ?2)",
    )?
    .execute(params![result, turn])?;
    tx.prepare_cached(
        "INSERT INTO journal (session_id, turn, workspace_id, result_id, entry, created_at) \
         VALUES ('s', ?1, ?2, ?3, ?4, ?1)",
    )?
    .execute(params![turn, workspace, result, entry])?;
    Ok(tx.commit()?)
}
