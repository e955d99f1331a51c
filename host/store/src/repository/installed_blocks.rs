//! Blocks that are installed, what the operator allowed them, and what was done to them: the
//! installation's, not a workspace's.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::entity::{block_event, block_grant, block_off, installed_block};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BlockEvent, BlockGrant, BlockId, BlockOff, InstalledBlock, UserId, WorkspaceId};

/// Blocks that are installed.
pub struct InstalledBlocks<'c>(pub(crate) Executor<'c>);

/// What a version of a block is.
pub mod block_state {
    /// It waits for the operator.
    pub const STAGED: &str = "staged";
    /// Drafts and newly published bots get it.
    pub const ACTIVE: &str = "active";
    /// Another version took its place; bots that were published with it still use it.
    pub const OLD: &str = "old";
}

/// A version of a block that is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlock {
    /// The component's digest.
    pub id: BlockId,
    /// Which block: `publisher/name`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it says of itself, as JSON text.
    pub manifest: String,
    /// Bytes of its file.
    pub size: i64,
    /// Whether it comes with the server.
    pub is_first_party: bool,
    /// Who installs it; none: the operator.
    pub installed_by: Option<UserId>,
}

impl InstalledBlocks<'_> {
    /// Adds a version, which is staged; one that is there already is a conflict.
    pub async fn add(&self, new: NewBlock, now_ms: i64) -> Result<()> {
        let row = installed_block::ActiveModel {
            id: Set(new.id),
            name: Set(new.name),
            version: Set(new.version),
            manifest: Set(new.manifest),
            size: Set(new.size),
            state: Set(block_state::STAGED.to_owned()),
            is_first_party: Set(new.is_first_party),
            broken: Set(None),
            installed_by: Set(new.installed_by),
            installed_at: Set(now_ms),
            activated_at: Set(None),
        };
        installed_block::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("block", "installing a block")?;
        Ok(())
    }

    /// Finds a version.
    pub async fn find(&self, id: &BlockId) -> Result<Option<InstalledBlock>> {
        let found = installed_block::Entity::find_by_id(id.clone());
        found.one(&self.0).await.during("reading a block")
    }

    /// All versions by their blocks' names, the oldest of each first.
    pub async fn all(&self) -> Result<Vec<InstalledBlock>> {
        installed_block::Entity::find()
            .order_by_asc(installed_block::Column::Name)
            .order_by_asc(installed_block::Column::InstalledAt)
            .all(&self.0)
            .await
            .during("reading blocks")
    }

    /// The versions of a block, the oldest first.
    pub async fn of_name(&self, name: &str) -> Result<Vec<InstalledBlock>> {
        installed_block::Entity::find()
            .filter(installed_block::Column::Name.eq(name))
            .order_by_asc(installed_block::Column::InstalledAt)
            .all(&self.0)
            .await
            .during("reading a block's versions")
    }

    /// Makes a version the active one of its block, in the place of another; says whether it
    /// exists.
    pub async fn activate(&self, id: &BlockId, now_ms: i64) -> Result<bool> {
        use installed_block::Column;
        let Some(block) = self.find(id).await? else {
            return Ok(false);
        };
        let others = installed_block::Entity::update_many()
            .col_expr(Column::State, Expr::value(block_state::OLD))
            .filter(Column::Name.eq(block.name))
            .filter(Column::State.eq(block_state::ACTIVE))
            .filter(Column::Id.ne(id.clone()))
            .exec(&self.0)
            .await;
        others.during("changing a block")?;
        let written = installed_block::Entity::update_many()
            .col_expr(Column::State, Expr::value(block_state::ACTIVE))
            .col_expr(Column::ActivatedAt, Expr::value(now_ms))
            .filter(Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a block")?;
        Ok(written.rows_affected > 0)
    }

    /// Lets a version wait for the operator again.
    pub async fn stage(&self, id: &BlockId) -> Result<()> {
        use installed_block::Column;
        installed_block::Entity::update_many()
            .col_expr(Column::State, Expr::value(block_state::STAGED))
            .filter(Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a block")?;
        Ok(())
    }

    /// Notes that a version's calls only break, and why; none: they do no longer.
    pub async fn set_broken(&self, id: &BlockId, why: Option<&str>) -> Result<()> {
        use installed_block::Column;
        let why = why.map(str::to_owned);
        installed_block::Entity::update_many()
            .col_expr(Column::Broken, Expr::value(why))
            .filter(Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("changing a block")?;
        Ok(())
    }

    /// Removes a version with its grants; says whether it was there.
    pub async fn remove(&self, id: &BlockId) -> Result<bool> {
        let removed = installed_block::Entity::delete_by_id(id.clone());
        let removed = removed.exec(&self.0).await.during("removing a block")?;
        Ok(removed.rows_affected == 1)
    }

    /// Allows a version something; what is allowed already stays as it is.
    pub async fn grant(
        &self,
        id: &BlockId,
        permission: &str,
        by: Option<&UserId>,
        now_ms: i64,
    ) -> Result<()> {
        use block_grant::Column;
        let row = block_grant::ActiveModel {
            block_id: Set(id.clone()),
            permission: Set(permission.to_owned()),
            granted_by: Set(by.cloned()),
            granted_at: Set(now_ms),
        };
        let there = OnConflict::columns([Column::BlockId, Column::Permission])
            .do_nothing()
            .to_owned();
        block_grant::Entity::insert(row)
            .on_conflict(there)
            .exec_without_returning(&self.0)
            .await
            .during("granting a permission")?;
        Ok(())
    }

    /// What a version is allowed.
    pub async fn grants(&self, id: &BlockId) -> Result<Vec<BlockGrant>> {
        block_grant::Entity::find()
            .filter(block_grant::Column::BlockId.eq(id.clone()))
            .order_by_asc(block_grant::Column::Permission)
            .all(&self.0)
            .await
            .during("reading a block's grants")
    }

    /// What all versions are allowed.
    pub async fn all_grants(&self) -> Result<Vec<BlockGrant>> {
        let grants = block_grant::Entity::find().all(&self.0).await;
        grants.during("reading blocks' grants")
    }

    /// Takes a permission back; says whether it was granted.
    pub async fn revoke(&self, id: &BlockId, permission: &str) -> Result<bool> {
        let removed = block_grant::Entity::delete_by_id((id.clone(), permission.to_owned()));
        let removed = removed.exec(&self.0).await;
        Ok(removed.during("revoking a permission")?.rows_affected == 1)
    }

    /// Switches a block off in a workspace; says whether it was on.
    pub async fn switch_off(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        by: Option<&UserId>,
        now_ms: i64,
    ) -> Result<bool> {
        use block_off::Column;
        let row = block_off::ActiveModel {
            workspace_id: Set(workspace.clone()),
            name: Set(name.to_owned()),
            changed_by: Set(by.cloned()),
            changed_at: Set(now_ms),
        };
        let there = OnConflict::columns([Column::WorkspaceId, Column::Name])
            .do_nothing()
            .to_owned();
        let added = block_off::Entity::insert(row)
            .on_conflict(there)
            .exec_without_returning(&self.0)
            .await
            .during("switching a block off")?;
        Ok(added == 1)
    }

    /// Switches a block on again in a workspace; says whether it was off.
    pub async fn switch_on(&self, workspace: &WorkspaceId, name: &str) -> Result<bool> {
        let removed = block_off::Entity::delete_by_id((workspace.clone(), name.to_owned()));
        let removed = removed.exec(&self.0).await;
        Ok(removed.during("switching a block on")?.rows_affected == 1)
    }

    /// Everything that is switched off, of all workspaces.
    pub async fn switched_off(&self) -> Result<Vec<BlockOff>> {
        let off = block_off::Entity::find().all(&self.0).await;
        off.during("reading what is switched off")
    }

    /// Notes what was done to a block. Servers look at that to learn of a change.
    pub async fn note(
        &self,
        (name, version): (&str, &str),
        action: &str,
        details: Option<String>,
        by: Option<&UserId>,
        now_ms: i64,
    ) -> Result<()> {
        let row = block_event::ActiveModel {
            name: Set(name.to_owned()),
            version: Set(version.to_owned()),
            action: Set(action.to_owned()),
            details: Set(details),
            user_id: Set(by.cloned()),
            created_at: Set(now_ms),
            ..Default::default()
        };
        block_event::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .during("noting what was done to a block")?;
        Ok(())
    }

    /// How much was done to blocks: it grows with every change.
    pub async fn revision(&self) -> Result<u64> {
        let count = block_event::Entity::find().count(&self.0).await;
        count.during("looking for changes of blocks")
    }

    /// What was done to a block, the newest first.
    pub async fn events(&self, name: &str, limit: u64) -> Result<Vec<BlockEvent>> {
        block_event::Entity::find()
            .filter(block_event::Column::Name.eq(name))
            .order_by_desc(block_event::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading what was done to a block")
    }
}
