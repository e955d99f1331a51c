//! Who belongs to a workspace.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::member;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Member, Role, UserId, WorkspaceId};

/// Who belongs to a workspace.
pub struct Members<'c>(pub(crate) Executor<'c>);

impl Members<'_> {
    /// Takes a person in; one who is there already is a conflict.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
        role: Role,
        now_ms: i64,
    ) -> Result<()> {
        let row = member::ActiveModel {
            workspace_id: Set(workspace.clone()),
            user_id: Set(user.clone()),
            role: Set(role),
            created_at: Set(now_ms),
        };
        member::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("member", "adding a member")?;
        Ok(())
    }

    /// Finds a member.
    pub async fn find(&self, workspace: &WorkspaceId, user: &UserId) -> Result<Option<Member>> {
        member::Entity::find_by_id((workspace.clone(), user.clone()))
            .one(&self.0)
            .await
            .during("reading a member")
    }

    /// A page of the members of a workspace, by the persons' ids.
    pub async fn page(
        &self,
        workspace: &WorkspaceId,
        after: Option<&UserId>,
        limit: u64,
    ) -> Result<Vec<Member>> {
        let mut select =
            member::Entity::find().filter(member::Column::WorkspaceId.eq(workspace.clone()));
        if let Some(after) = after {
            select = select.filter(member::Column::UserId.gt(after.clone()));
        }
        select
            .order_by_asc(member::Column::UserId)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading members")
    }

    /// The workspaces that a person belongs to.
    pub async fn of_user(&self, user: &UserId) -> Result<Vec<Member>> {
        member::Entity::find()
            .filter(member::Column::UserId.eq(user.clone()))
            .order_by_asc(member::Column::WorkspaceId)
            .all(&self.0)
            .await
            .during("reading a person's workspaces")
    }

    /// Changes what a member may do; says whether there is such a member.
    pub async fn set_role(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
        role: Role,
    ) -> Result<bool> {
        let written = member::Entity::update_many()
            .col_expr(member::Column::Role, Expr::value(role))
            .filter(member::Column::WorkspaceId.eq(workspace.clone()))
            .filter(member::Column::UserId.eq(user.clone()))
            .exec(&self.0)
            .await
            .during("changing a member")?;
        Ok(written.rows_affected == 1)
    }

    /// Sends a member away; says whether there was such a member.
    pub async fn remove(&self, workspace: &WorkspaceId, user: &UserId) -> Result<bool> {
        let removed = member::Entity::delete_by_id((workspace.clone(), user.clone()))
            .exec(&self.0)
            .await
            .during("removing a member")?;
        Ok(removed.rows_affected == 1)
    }
}
