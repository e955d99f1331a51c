//! Blocks that are installed and what the operator allowed them: the installation's, not a
//! workspace's.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{block_grant, installed_block};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{BlockGrant, BlockId, InstalledBlock, UserId};

/// Blocks that are installed.
pub struct InstalledBlocks<'c>(pub(crate) Executor<'c>);

/// A block that is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlock {
    /// The component's digest.
    pub id: BlockId,
    /// The type of blocks that it stands behind.
    pub block_type: String,
    /// Its version.
    pub version: String,
    /// What it says of itself, as JSON text.
    pub manifest: String,
    /// Who installs it; none: it came with the server.
    pub installed_by: Option<UserId>,
}

impl InstalledBlocks<'_> {
    /// Adds a block, which is not current yet; one that is there already is a conflict.
    pub async fn add(&self, new: NewBlock, now_ms: i64) -> Result<()> {
        let row = installed_block::ActiveModel {
            id: Set(new.id),
            block_type: Set(new.block_type),
            version: Set(new.version),
            manifest: Set(new.manifest),
            is_current: Set(false),
            installed_by: Set(new.installed_by),
            installed_at: Set(now_ms),
        };
        installed_block::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("block", "installing a block")?;
        Ok(())
    }

    /// Finds a block.
    pub async fn find(&self, id: &BlockId) -> Result<Option<InstalledBlock>> {
        let found = installed_block::Entity::find_by_id(id.clone());
        found.one(&self.0).await.during("reading a block")
    }

    /// All blocks by their types, the oldest of each first.
    pub async fn all(&self) -> Result<Vec<InstalledBlock>> {
        installed_block::Entity::find()
            .order_by_asc(installed_block::Column::BlockType)
            .order_by_asc(installed_block::Column::InstalledAt)
            .all(&self.0)
            .await
            .during("reading blocks")
    }

    /// Makes a block the one that new bots get, in the place of another of its type; says whether it
    /// exists.
    pub async fn make_current(&self, id: &BlockId) -> Result<bool> {
        let Some(block) = self.find(id).await? else {
            return Ok(false);
        };
        let is_it = Expr::col(installed_block::Column::Id).eq(id.clone());
        let written = installed_block::Entity::update_many()
            .col_expr(installed_block::Column::IsCurrent, is_it)
            .filter(installed_block::Column::BlockType.eq(block.block_type))
            .exec(&self.0)
            .await
            .during("changing a block")?;
        Ok(written.rows_affected > 0)
    }

    /// Removes a block with its grants; says whether it was there.
    pub async fn remove(&self, id: &BlockId) -> Result<bool> {
        let removed = installed_block::Entity::delete_by_id(id.clone());
        let removed = removed.exec(&self.0).await.during("removing a block")?;
        Ok(removed.rows_affected == 1)
    }

    /// Allows a block something; what is allowed already is a conflict.
    pub async fn grant(
        &self,
        id: &BlockId,
        permission: &str,
        by: Option<&UserId>,
        now_ms: i64,
    ) -> Result<()> {
        let row = block_grant::ActiveModel {
            block_id: Set(id.clone()),
            permission: Set(permission.to_owned()),
            granted_by: Set(by.cloned()),
            granted_at: Set(now_ms),
        };
        block_grant::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("grant", "granting a permission")?;
        Ok(())
    }

    /// What a block is allowed.
    pub async fn grants(&self, id: &BlockId) -> Result<Vec<BlockGrant>> {
        block_grant::Entity::find()
            .filter(block_grant::Column::BlockId.eq(id.clone()))
            .order_by_asc(block_grant::Column::Permission)
            .all(&self.0)
            .await
            .during("reading a block's grants")
    }

    /// Takes a permission back; says whether it was granted.
    pub async fn revoke(&self, id: &BlockId, permission: &str) -> Result<bool> {
        let removed = block_grant::Entity::delete_by_id((id.clone(), permission.to_owned()));
        let removed = removed.exec(&self.0).await;
        Ok(removed.during("revoking a permission")?.rows_affected == 1)
    }
}
