//! What PostgreSQL alone can do: the rows of one turn in one transaction, by pgbench over as many
//! connections as the server has, without a server around it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use services::{TestDatabase, find};

/// Connections of pgbench.
pub const CLIENTS: usize = 16;
const MEASURED_S: usize = 5;
/// Sizes as the bench's bot writes them.
const STATE_BYTES: usize = 700;
const ENTRY_BYTES: usize = 200;

/// Transactions a second on the server's own, migrated database; what they wrote is deleted.
pub fn transactions_per_s(database: &TestDatabase, folder: &Path) -> Result<f64> {
    let mut sessions = String::new();
    for client in 0..CLIENTS {
        write!(
            sessions,
            "INSERT INTO sessions (id, workspace_id, bot_id, version_id, state, turn, is_preview, \
             created_at, updated_at) SELECT 's{client}', workspace_id, id, 'v', '{{}}', 0, false, \
             0, 0 FROM bots;"
        )?;
    }
    database.execute(&sessions)?;
    let file = folder.join("turn.sql");
    std::fs::write(&file, turn())?;
    let output = Command::new(find::postgres("pgbench")?)
        .args(["--no-vacuum", "--protocol=prepared", "--define=turn=0"])
        .arg(format!("--client={CLIENTS}"))
        .arg(format!("--time={MEASURED_S}"))
        .arg("--file")
        .arg(&file)
        .arg(database.url())
        .output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "pgbench: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tps = told.lines().find_map(|line| line.strip_prefix("tps = "));
    let number = tps.and_then(|tps| tps.split_whitespace().next());
    let per_s = number.context("pgbench tells no rate")?.parse()?;
    database.execute("DELETE FROM sessions; DELETE FROM journal; DELETE FROM results")?;
    Ok(per_s)
}

/// A conversation of four turns after the other, as the bench's bot holds them.
fn turn() -> String {
    let state = "x".repeat(STATE_BYTES);
    let entry = "78".repeat(ENTRY_BYTES);
    format!(
        "\\set turn :turn + 1\n\
         \\set result :turn / 4\n\
         BEGIN;\n\
         UPDATE sessions SET state = '{state}', turn = turn + 1, updated_at = :turn \
         WHERE id = 's' || :client_id AND turn = :turn - 1;\n\
         INSERT INTO results (id, workspace_id, bot_id, session_id, variables, has_started, \
         is_completed, created_at, updated_at) SELECT 'r' || :client_id || '-' || :result, \
         workspace_id, id, 's' || :client_id, '[]', true, false, :turn, :turn FROM bots LIMIT 1 \
         ON CONFLICT (id) DO UPDATE SET variables = excluded.variables, \
         updated_at = excluded.updated_at;\n\
         INSERT INTO answers (result_id, block_id, content, created_at) \
         VALUES ('r' || :client_id || '-' || :result, 'b', 'Ada', :turn);\n\
         INSERT INTO journal (session_id, turn, workspace_id, result_id, entry, created_at) \
         VALUES ('s' || :client_id, :turn, 'w', 'r' || :client_id || '-' || :result, \
         '\\x{entry}', :turn);\n\
         COMMIT;\n"
    )
}
