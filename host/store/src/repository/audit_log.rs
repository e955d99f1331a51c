//! What happened in a workspace and may be asked for later: appended to, never changed.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::audit_entry;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{AuditEntry, UserId, WorkspaceId};

/// The audit log.
pub struct AuditLog<'c>(pub(crate) Executor<'c>);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// Who; none: the program itself.
    pub user_id: Option<UserId>,
    /// What: `credential.opened`.
    pub action: String,
    /// The id of what it was done to.
    pub target: String,
    /// More, as JSON text; never a secret.
    pub details: Option<String>,
}

impl AuditLog<'_> {
    /// Appends an entry.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        new: NewAuditEntry,
        now_ms: i64,
    ) -> Result<()> {
        let row = audit_entry::ActiveModel {
            workspace_id: Set(workspace.clone()),
            user_id: Set(new.user_id),
            action: Set(new.action),
            target: Set(new.target),
            details: Set(new.details),
            created_at: Set(now_ms),
            ..Default::default()
        };
        audit_entry::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .during("writing the audit log")?;
        Ok(())
    }

    /// A page of the log, the newest first; `before` is the last entry of the page before.
    pub async fn page(
        &self,
        workspace: &WorkspaceId,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<AuditEntry>> {
        let mut select = audit_entry::Entity::find()
            .filter(audit_entry::Column::WorkspaceId.eq(workspace.clone()));
        if let Some(before) = before {
            select = select.filter(audit_entry::Column::Id.lt(before));
        }
        select
            .order_by_desc(audit_entry::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading the audit log")
    }
}
