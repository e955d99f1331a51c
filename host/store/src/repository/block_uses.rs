//! Who uses a block: asked before it is removed, by the operator, of all workspaces' bots.
//!
//! Documents and locks are JSON as texts, written without spaces, so that what is looked for stands
//! in them word for word. Every bot is read through, which only an operator's command does.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::Value;

use super::InstalledBlocks;
use crate::error::{Context, Result};
use crate::{BlockId, BotId, WorkspaceId};

/// A bot that uses a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockUser {
    /// The bot.
    pub bot: BotId,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub workspace: WorkspaceId,
}

impl InstalledBlocks<'_> {
    /// Bots that are not archived and whose draft has a block of this type, or whose published
    /// version is locked to a version of this block, the first `limit` by their names.
    pub async fn users(&self, name: &str, types: &[&str], limit: u64) -> Result<Vec<BlockUser>> {
        let mut needles = vec![format!("\"id\":{}", Value::from(name))];
        needles.extend(
            types
                .iter()
                .map(|one| format!("\"type\":{}", Value::from(*one))),
        );
        let is_postgres = self.0.get_database_backend() == DbBackend::Postgres;
        let find = if is_postgres { "strpos" } else { "instr" };
        let mut wheres = vec![format!("{find}(COALESCE(versions.lock, ''), $1) > 0")];
        let drafts =
            (2..=needles.len()).map(|number| format!("{find}(bots.document, ${number}) > 0"));
        wheres.extend(drafts);
        let sql = format!(
            "SELECT bots.id, bots.name, bots.workspace_id FROM bots \
             LEFT JOIN versions ON versions.id = bots.published_version_id \
             WHERE NOT bots.is_archived AND ({}) ORDER BY bots.name, bots.id LIMIT {limit}",
            wheres.join(" OR ")
        );
        let backend = self.0.get_database_backend();
        let values = needles.into_iter().map(Into::into);
        let asked = Statement::from_sql_and_values(backend, sql, values);
        let rows = self.0.query_all_raw(asked).await;
        let rows = rows.during("looking for bots that use a block")?;
        let users = rows.iter().map(|row| {
            Ok(BlockUser {
                bot: BotId(row.try_get("", "id")?),
                name: row.try_get("", "name")?,
                workspace: WorkspaceId(row.try_get("", "workspace_id")?),
            })
        });
        let users: Result<_, sea_orm::DbErr> = users.collect();
        users.during("looking for bots that use a block")
    }

    /// Whether a version that was ever published is locked to exactly this one.
    pub async fn is_locked(&self, id: &BlockId) -> Result<bool> {
        let backend = self.0.get_database_backend();
        let find = match backend {
            DbBackend::Postgres => "strpos",
            _ => "instr",
        };
        let sql = format!(
            "SELECT id FROM versions WHERE NOT is_preview AND {find}(lock, $1) > 0 LIMIT 1"
        );
        let asked = Statement::from_sql_and_values(backend, sql, [id.clone().into()]);
        let found = self.0.query_one_raw(asked).await;
        Ok(found.during("looking for bots that use a block")?.is_some())
    }
}
