//! The changes of drafts: appended to, never changed.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::edit;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BotId, Edit, UserId, WorkspaceId};

/// The changes of drafts.
pub struct Edits<'c>(pub(crate) Executor<'c>);

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEdit {
    /// The bot.
    pub bot_id: BotId,
    /// The draft's revision after it.
    pub revision: i64,
    /// Who made it; none: a program.
    pub author_id: Option<UserId>,
    /// The edit, as JSON text.
    pub edit: String,
    /// What takes it back, as JSON text.
    pub inverse: String,
}

impl Edits<'_> {
    /// Appends a change; a revision that is taken is a conflict.
    pub async fn append(&self, workspace: &WorkspaceId, new: NewEdit, now_ms: i64) -> Result<()> {
        let row = edit::ActiveModel {
            bot_id: Set(new.bot_id),
            revision: Set(new.revision),
            workspace_id: Set(workspace.clone()),
            author_id: Set(new.author_id),
            edit: Set(new.edit),
            inverse: Set(new.inverse),
            created_at: Set(now_ms),
        };
        edit::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("revision", "keeping an edit")?;
        Ok(())
    }

    /// The changes after a revision, in their order.
    pub async fn after(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        revision: i64,
        limit: u64,
    ) -> Result<Vec<Edit>> {
        edit::Entity::find()
            .filter(edit::Column::BotId.eq(bot.clone()))
            .filter(edit::Column::WorkspaceId.eq(workspace.clone()))
            .filter(edit::Column::Revision.gt(revision))
            .order_by_asc(edit::Column::Revision)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading edits")
    }
}
