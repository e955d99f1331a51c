//! What blocks sent, or tried to send: appended to in batches, never changed.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::bulk::{Bulk, plain};
use crate::entity::egress_entry;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, EgressEntry, WorkspaceId};

/// What blocks sent.
pub struct EgressLog<'c>(pub(crate) Executor<'c>);

/// A request that is to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEgressEntry {
    /// When it began: milliseconds since 1970, UTC.
    pub sent_at: i64,
    /// On whose behalf.
    pub workspace_id: WorkspaceId,
    /// In which bot.
    pub bot_id: BotId,
    /// Which block.
    pub block: String,
    /// Its version.
    pub version: String,
    /// The credential that the call had.
    pub credential_id: Option<String>,
    /// The method.
    pub method: String,
    /// The host, without path and query.
    pub host: String,
    /// Bytes of the request's body.
    pub bytes_out: i64,
    /// Bytes of the answer's body.
    pub bytes_in: i64,
    /// The answer's status.
    pub status: Option<i32>,
    /// Why there was no answer.
    pub refused: Option<String>,
}

/// Which entries are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EgressFilter {
    /// Of a bot.
    pub bot: Option<BotId>,
    /// Of a block: `publisher/name`.
    pub block: Option<String>,
    /// To a host.
    pub host: Option<String>,
    /// Only such as were noted before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u64,
}

const INSERT: Bulk = Bulk {
    head: "INSERT INTO egress_log (sent_at, workspace_id, bot_id, block, version, credential_id, \
           method, host, bytes_out, bytes_in, status, refused)",
    columns: &plain::<12>(),
    tail: "",
};

impl EgressLog<'_> {
    /// Adds entries in their order.
    pub async fn add(&self, entries: Vec<NewEgressEntry>) -> Result<()> {
        let rows = entries.into_iter().map(|entry| {
            vec![
                entry.sent_at.into(),
                entry.workspace_id.into(),
                entry.bot_id.into(),
                entry.block.into(),
                entry.version.into(),
                entry.credential_id.into(),
                entry.method.into(),
                entry.host.into(),
                entry.bytes_out.into(),
                entry.bytes_in.into(),
                entry.status.into(),
                entry.refused.into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .during("noting what blocks sent")
    }

    /// A page of the log, the newest first.
    pub async fn page(&self, filter: &EgressFilter) -> Result<Vec<EgressEntry>> {
        use egress_entry::Column;
        let mut select = egress_entry::Entity::find();
        if let Some(bot) = &filter.bot {
            select = select.filter(Column::BotId.eq(bot.clone()));
        }
        if let Some(block) = &filter.block {
            select = select.filter(Column::Block.eq(block.as_str()));
        }
        if let Some(host) = &filter.host {
            select = select.filter(Column::Host.eq(host.as_str()));
        }
        if let Some(before) = filter.before {
            select = select.filter(Column::Id.lt(before));
        }
        select
            .order_by_desc(Column::Id)
            .limit(filter.limit)
            .all(&self.0)
            .await
            .during("reading what blocks sent")
    }
}
