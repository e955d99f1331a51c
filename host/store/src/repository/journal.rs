//! What conversations can be replayed from: appended to, never changed. Only a preview that begins
//! anew under its id drops the old one's entries.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::bulk::{Bulk, Cast, plain};
use crate::entity::journal_entry;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{JournalEntry, SessionId, WorkspaceId};

/// The journal of conversations.
pub struct Journal<'c>(pub(crate) Executor<'c>);

const INSERT: Bulk = Bulk {
    head: "INSERT INTO journal (session_id, turn, workspace_id, result_id, entry, created_at)",
    columns: &plain::<6>(),
    tail: "",
};

const REMOVE_PREVIEWS: Bulk = Bulk {
    head: "DELETE FROM journal WHERE result_id IS NULL AND (session_id, workspace_id) IN (",
    columns: &[Cast::Text, Cast::Text],
    tail: ")",
};

impl Journal<'_> {
    /// Appends entries; a turn that has one already is a conflict.
    pub async fn append(&self, entries: &[&JournalEntry]) -> Result<()> {
        let rows = entries.iter().map(|entry| {
            vec![
                entry.session_id.clone().into(),
                entry.turn.into(),
                entry.workspace_id.clone().into(),
                entry.result_id.clone().into(),
                entry.entry.clone().into(),
                entry.created_at.into(),
            ]
        });
        INSERT
            .execute(&self.0, rows)
            .await
            .unless_taken("turn", "appending to the journal")
    }

    /// Deletes the entries of previews of the workspaces: one that begins anew has turns of its own.
    pub async fn remove_previews(&self, previews: &[(&WorkspaceId, &SessionId)]) -> Result<()> {
        let rows = previews
            .iter()
            .map(|(workspace, id)| vec![(*id).clone().into(), (*workspace).clone().into()]);
        REMOVE_PREVIEWS
            .execute(&self.0, rows)
            .await
            .during("removing the journal of previews")
    }

    /// The turns of a conversation in their order.
    pub async fn of_session(
        &self,
        workspace: &WorkspaceId,
        session: &SessionId,
    ) -> Result<Vec<JournalEntry>> {
        journal_entry::Entity::find()
            .filter(journal_entry::Column::SessionId.eq(session.clone()))
            .filter(journal_entry::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(journal_entry::Column::Turn)
            .all(&self.0)
            .await
            .during("reading the journal")
    }
}
