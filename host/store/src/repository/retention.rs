//! Removing what has been kept long enough.
//!
//! Every call removes at most `limit` rows of its own kind, the oldest first, and gives how many, so
//! that the caller can go on in a next transaction until fewer than `limit` were there. Times are
//! milliseconds since 1970, UTC. Clean-up is the installation's: no method but
//! [`Retention::results`] takes the workspace.
//!
//! * [`Retention::sessions`], [`Retention::previews`], [`Retention::preview_versions`]: conversations
//!   that nobody went on with, and drafts that were previewed
//! * [`Retention::journal`], [`Retention::preview_journal`]: what conversations are replayed from
//! * [`Retention::idempotency_keys`], [`Retention::listener_messages`],
//!   [`Retention::listener_ids`]
//! * [`Retention::block_values`], [`Retention::sent_mails`], [`Retention::webhook_events`]: what is
//!   kept for blocks
//! * [`Retention::results`]: a workspace's results with everything that belongs to them
//! * [`Retention::audit_log`], [`Retention::egress_log`], [`Retention::auth_sessions`], [`Retention::invitations`]
//!
//! Files are found by [`StaleFiles`](super::StaleFiles): they have to go from the storage first.

use sea_orm::{ConnectionTrait, Statement, Value};

use super::removal;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{WorkspaceId, ids};

/// Removing what has been kept long enough.
pub struct Retention<'c>(pub(crate) Executor<'c>);

/// A conversation is not touched before it began, so its beginning leads to it by an index.
const SESSIONS: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
     WHERE created_at < $1 AND updated_at < $1 AND NOT is_preview ORDER BY created_at LIMIT $2)";

const PREVIEWS: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
     WHERE created_at < $1 AND updated_at < $1 AND is_preview ORDER BY created_at LIMIT $2)";

/// A preview that still runs needs its version.
const PREVIEW_VERSIONS: &str = "DELETE FROM versions WHERE id IN (SELECT id FROM versions \
     WHERE is_preview AND created_at < $1 AND NOT EXISTS (SELECT 1 FROM sessions \
     WHERE sessions.bot_id = versions.bot_id AND sessions.is_preview \
     AND sessions.version_id = versions.id) ORDER BY created_at LIMIT $2)";

/// An entry is not older than its conversation, whose id begins with the time.
const JOURNAL: &str = "DELETE FROM journal WHERE (session_id, turn) IN (\
     SELECT session_id, turn FROM journal WHERE session_id < $3 AND created_at < $1 \
     AND result_id IS NOT NULL ORDER BY session_id, turn LIMIT $2)";

const PREVIEW_JOURNAL: &str = "DELETE FROM journal WHERE (session_id, turn) IN (\
     SELECT session_id, turn FROM journal WHERE result_id IS NULL AND created_at < $1 \
     ORDER BY created_at LIMIT $2)";

const IDEMPOTENCY_KEYS: &str = "DELETE FROM idempotency_keys WHERE (scope, key) IN (\
     SELECT scope, key FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

const LISTENER_MESSAGES: &str = "DELETE FROM listener_messages WHERE id IN (\
     SELECT id FROM listener_messages WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

const LISTENER_IDS: &str = "DELETE FROM listener_ids WHERE (room, block_id, sent_id) IN (\
     SELECT room, block_id, sent_id FROM listener_ids WHERE created_at < $1 \
     ORDER BY created_at LIMIT $2)";

const OLD_RESULTS: &str = "SELECT id FROM results WHERE workspace_id = $3 AND created_at < $1 \
     ORDER BY created_at LIMIT $2";

const AUDIT_LOG: &str = "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log \
     WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

const EGRESS_LOG: &str = "DELETE FROM egress_log WHERE id IN (SELECT id FROM egress_log \
     WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)";

const AUTH_SESSIONS: &str = "DELETE FROM auth_sessions WHERE id IN (SELECT id FROM auth_sessions \
     WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

const INVITATIONS: &str = "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations \
     WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

const BLOCK_VALUES: &str = "DELETE FROM block_values \
     WHERE (workspace_id, component, owner, key) IN (\
     SELECT workspace_id, component, owner, key FROM block_values \
     WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

const SENT_MAILS: &str = "DELETE FROM sent_mails WHERE (workspace_id, component, owner, key) IN (\
     SELECT workspace_id, component, owner, key FROM sent_mails \
     WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

const WEBHOOK_EVENTS: &str = "DELETE FROM webhook_events WHERE (address_id, event) IN (\
     SELECT address_id, event FROM webhook_events \
     WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

impl Retention<'_> {
    /// Ends conversations that were not touched since; what they left behind stays.
    pub async fn sessions(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(SESSIONS, before_ms, limit).await
    }

    /// Ends previews that were not touched since.
    pub async fn previews(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(PREVIEWS, before_ms, limit).await
    }

    /// Removes drafts that were first previewed before, and that no preview runs any more.
    pub async fn preview_versions(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(PREVIEW_VERSIONS, before_ms, limit).await
    }

    /// Removes what conversations are replayed from, as far as it is older.
    pub async fn journal(&self, before_ms: i64, limit: u32) -> Result<u64> {
        let values = [
            before_ms.into(),
            i64::from(limit).into(),
            ids::first(before_ms).into(),
        ];
        self.execute(JOURNAL, values).await
    }

    /// Removes what previews are replayed from, as far as it is older.
    pub async fn preview_journal(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(PREVIEW_JOURNAL, before_ms, limit).await
    }

    /// Forgets the keys of requests that came before: sent again, they count as new.
    pub async fn idempotency_keys(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(IDEMPOTENCY_KEYS, before_ms, limit).await
    }

    /// Drops messages for listeners that came before and that nobody took.
    pub async fn listener_messages(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(LISTENER_MESSAGES, before_ms, limit).await
    }

    /// Drops blocks' values that expired before.
    pub async fn block_values(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(BLOCK_VALUES, before_ms, limit).await
    }

    /// Forgets the keys of mails that were sent before: sent again, they count as new.
    pub async fn sent_mails(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(SENT_MAILS, before_ms, limit).await
    }

    /// Forgets events that came before.
    pub async fn webhook_events(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(WEBHOOK_EVENTS, before_ms, limit).await
    }

    /// Forgets the ids of requests for listeners that came before: sent again, they count as new.
    pub async fn listener_ids(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(LISTENER_IDS, before_ms, limit).await
    }

    /// Removes a workspace's results that began before, with answers, logs, journal and
    /// conversation. Their files become stale.
    pub async fn results(
        &self,
        workspace: &WorkspaceId,
        before_ms: i64,
        limit: u32,
    ) -> Result<u64> {
        let values = [
            before_ms.into(),
            i64::from(limit).into(),
            workspace.clone().into(),
        ];
        let old = self.statement(OLD_RESULTS, values);
        let old = self.0.query_all_raw(old).await;
        let old = old.during("looking for old results")?;
        let ids: Result<Vec<String>, _> = old.iter().map(|row| row.try_get("", "id")).collect();
        removal::results(&self.0, &ids.during("looking for old results")?).await
    }

    /// Removes lines of the audit log that were written before.
    pub async fn audit_log(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(AUDIT_LOG, before_ms, limit).await
    }

    /// Removes what blocks sent before.
    pub async fn egress_log(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(EGRESS_LOG, before_ms, limit).await
    }

    /// Ends sign-ins that expired before.
    pub async fn auth_sessions(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(AUTH_SESSIONS, before_ms, limit).await
    }

    /// Drops invitations that expired before.
    pub async fn invitations(&self, before_ms: i64, limit: u32) -> Result<u64> {
        self.remove(INVITATIONS, before_ms, limit).await
    }

    async fn remove(&self, sql: &'static str, before_ms: i64, limit: u32) -> Result<u64> {
        let values = [before_ms.into(), i64::from(limit).into()];
        self.execute(sql, values).await
    }

    async fn execute<const N: usize>(&self, sql: &'static str, values: [Value; N]) -> Result<u64> {
        let statement = self.statement(sql, values);
        let removed = self.0.execute_raw(statement).await;
        Ok(removed.during("cleaning up")?.rows_affected())
    }

    fn statement<const N: usize>(&self, sql: &'static str, values: [Value; N]) -> Statement {
        Statement::from_sql_and_values(self.0.get_database_backend(), sql, values)
    }
}
