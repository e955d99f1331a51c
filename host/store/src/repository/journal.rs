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

/// What tells one turn from another that was taken in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnMark {
    /// The tenant.
    pub workspace_id: WorkspaceId,
    /// The conversation.
    pub session_id: SessionId,
    /// The turn's number.
    pub turn: i64,
    /// What it is recorded as.
    pub entry: Vec<u8>,
}

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

    /// Whether exactly this turn is there.
    pub async fn has(&self, turn: &TurnMark) -> Result<bool> {
        let found = journal_entry::Entity::find_by_id((turn.session_id.clone(), turn.turn))
            .filter(journal_entry::Column::WorkspaceId.eq(turn.workspace_id.clone()))
            .one(&self.0)
            .await
            .during("reading the journal")?;
        Ok(found.is_some_and(|found| found.entry == turn.entry))
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

impl JournalEntry {
    /// What tells the turn from another that was taken in its place.
    pub fn mark(&self) -> TurnMark {
        TurnMark {
            workspace_id: self.workspace_id.clone(),
            session_id: self.session_id.clone(),
            turn: self.turn,
            entry: self.entry.clone(),
        }
    }
}
