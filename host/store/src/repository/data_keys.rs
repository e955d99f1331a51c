//! What secrets are sealed with.
//!
//! Master keys wrap the data keys of all owners, so a change of master keys walks through all of
//! them: those doors, marked below, take no workspace. They give out wrapped keys only.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::entity::{credential_secret, data_key, webhook_endpoint};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{DataKey, UserId, WorkspaceId};

/// The id of the key that shows whether the operator's master keys are the database's.
pub const CANARY: &str = "canary";

/// What secrets are sealed with.
pub struct DataKeys<'c>(pub(crate) Executor<'c>);

/// Whose keys and credentials they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Everyone's of a workspace.
    Workspace(WorkspaceId),
    /// One person's: it works in bots of the workspaces that the person belongs to, for as long as
    /// the person does.
    User(UserId),
}

/// A key that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataKey {
    /// The id.
    pub id: String,
    /// The key, wrapped.
    pub wrapped: String,
    /// The master key that wraps it.
    pub master_key_id: String,
}

impl DataKeys<'_> {
    /// The key that the owner's secrets are sealed with. In a transaction it stays so until the end.
    pub async fn active(&self, owner: &Owner) -> Result<Option<DataKey>> {
        data_key::Entity::find()
            .filter(of_owner(owner))
            .filter(data_key::Column::RetiredAt.is_null())
            .lock_shared()
            .one(&self.0)
            .await
            .during("looking a key up")
    }

    /// One of the owner's keys, retired or not.
    pub async fn find(&self, owner: &Owner, id: &str) -> Result<Option<DataKey>> {
        data_key::Entity::find_by_id(id.to_owned())
            .filter(of_owner(owner))
            .one(&self.0)
            .await
            .during("looking a key up")
    }

    /// Adds the key that the owner's secrets are sealed with from now on; there may be but one.
    pub async fn add(&self, owner: &Owner, key: NewDataKey, now_ms: i64) -> Result<()> {
        self.insert(Some(owner), key, now_ms).await
    }

    /// Door without a workspace: the canary.
    pub async fn canary(&self) -> Result<Option<DataKey>> {
        data_key::Entity::find_by_id(CANARY)
            .one(&self.0)
            .await
            .during("looking the canary up")
    }

    /// Door without a workspace: adds the canary, whose id is [`CANARY`].
    pub async fn add_canary(&self, key: NewDataKey, now_ms: i64) -> Result<()> {
        self.insert(None, key, now_ms).await
    }

    /// Door without a workspace: the master keys in use, and how many keys each wraps.
    pub async fn master_keys(&self) -> Result<Vec<(String, i64)>> {
        data_key::Entity::find()
            .select_only()
            .column(data_key::Column::MasterKeyId)
            .column_as(data_key::Column::Id.count(), "wraps")
            .group_by(data_key::Column::MasterKeyId)
            .order_by_asc(data_key::Column::MasterKeyId)
            .into_tuple()
            .all(&self.0)
            .await
            .during("counting keys")
    }

    /// Door without a workspace: keys with ids above `after` that another master key wraps.
    pub async fn wrapped_by_others(
        &self,
        master_key: &str,
        after: &str,
        limit: u64,
    ) -> Result<Vec<DataKey>> {
        data_key::Entity::find()
            .filter(data_key::Column::MasterKeyId.ne(master_key))
            .filter(data_key::Column::Id.gt(after))
            .order_by_asc(data_key::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading keys")
    }

    /// Door without a workspace: wraps a key anew, unless another was quicker.
    pub async fn rewrap(&self, before: &DataKey, wrapped: &str, master_key: &str) -> Result<()> {
        data_key::Entity::update_many()
            .col_expr(data_key::Column::Wrapped, Expr::value(wrapped))
            .col_expr(data_key::Column::MasterKeyId, Expr::value(master_key))
            .filter(data_key::Column::Id.eq(before.id.as_str()))
            .filter(data_key::Column::Wrapped.eq(before.wrapped.as_str()))
            .exec(&self.0)
            .await
            .during("wrapping a key")?;
        Ok(())
    }

    /// Door without a workspace: keys in use with ids above `after`, made until a time, whose
    /// owners have no retired key. An owner who has one was served by a change that broke off.
    pub async fn outdated(&self, until_ms: i64, after: &str, limit: u64) -> Result<Vec<DataKey>> {
        let retired = Query::select()
            .expr(Expr::val(1))
            .from_as("data_keys", "retired")
            .and_where(Expr::col(("retired", "retired_at")).is_not_null())
            .cond_where(
                Condition::any()
                    .add(
                        Expr::col(("retired", "workspace_id"))
                            .equals(("data_keys", "workspace_id")),
                    )
                    .add(Expr::col(("retired", "user_id")).equals(("data_keys", "user_id"))),
            )
            .to_owned();
        data_key::Entity::find()
            .filter(data_key::Column::RetiredAt.is_null())
            .filter(data_key::Column::Id.ne(CANARY))
            .filter(data_key::Column::Id.gt(after))
            .filter(data_key::Column::CreatedAt.lte(until_ms))
            .filter(Expr::exists(retired).not())
            .order_by_asc(data_key::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading keys")
    }

    /// Door without a workspace: the next keys after an id, the canary among them.
    pub async fn everyones(&self, after: &str, limit: u64) -> Result<Vec<DataKey>> {
        data_key::Entity::find()
            .filter(data_key::Column::Id.gt(after))
            .order_by_asc(data_key::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading keys")
    }

    /// Door without a workspace: forgets a key, which seals nothing any more; says whether it was
    /// there.
    pub async fn forget(&self, id: &str) -> Result<bool> {
        let removed = data_key::Entity::delete_by_id(id).exec(&self.0).await;
        Ok(removed.during("deleting a key")?.rows_affected == 1)
    }

    /// Retires the key that the owner's secrets are sealed with; says whether it still was.
    pub async fn retire(&self, owner: &Owner, id: &str, now_ms: i64) -> Result<bool> {
        let retired = data_key::Entity::update_many()
            .col_expr(data_key::Column::RetiredAt, Expr::value(now_ms))
            .filter(of_owner(owner))
            .filter(data_key::Column::Id.eq(id))
            .filter(data_key::Column::RetiredAt.is_null())
            .exec(&self.0)
            .await
            .during("retiring a key")?;
        Ok(retired.rows_affected == 1)
    }

    /// Door without a workspace: deletes retired keys that seal nothing; says how many.
    pub async fn remove_unused(&self) -> Result<u64> {
        let used_by =
            |table: &'static str| Query::select().column("data_key_id").from(table).to_owned();
        let removed = data_key::Entity::delete_many()
            .filter(data_key::Column::RetiredAt.is_not_null())
            .filter(data_key::Column::Id.not_in_subquery(used_by("credential_secrets")))
            .filter(data_key::Column::Id.not_in_subquery(used_by("webhook_endpoints")))
            .exec(&self.0)
            .await
            .during("deleting keys")?;
        Ok(removed.rows_affected)
    }

    /// Door without a workspace: how many secrets there are.
    pub async fn secrets(&self) -> Result<u64> {
        let credentials = credential_secret::Entity::find().count(&self.0).await;
        let endpoints = webhook_endpoint::Entity::find().count(&self.0).await;
        Ok(credentials.during("counting secrets")? + endpoints.during("counting secrets")?)
    }

    async fn insert(&self, owner: Option<&Owner>, key: NewDataKey, now_ms: i64) -> Result<()> {
        let (workspace_id, user_id) = owner.map_or((None, None), Owner::columns);
        let row = data_key::ActiveModel {
            id: Set(key.id),
            workspace_id: Set(workspace_id),
            user_id: Set(user_id),
            wrapped: Set(key.wrapped),
            master_key_id: Set(key.master_key_id),
            created_at: Set(now_ms),
            retired_at: Set(None),
        };
        data_key::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("data key", "adding a key")?;
        Ok(())
    }
}

impl Owner {
    pub(super) fn columns(&self) -> (Option<WorkspaceId>, Option<UserId>) {
        match self {
            Self::Workspace(id) => (Some(id.clone()), None),
            Self::User(id) => (None, Some(id.clone())),
        }
    }

    /// The owner that a row names; the canary's names none.
    pub fn of(workspace: Option<&WorkspaceId>, user: Option<&UserId>) -> Option<Self> {
        let workspace = workspace.cloned().map(Self::Workspace);
        workspace.or_else(|| user.cloned().map(Self::User))
    }
}

fn of_owner(owner: &Owner) -> Expr {
    match owner {
        Owner::Workspace(id) => data_key::Column::WorkspaceId.eq(id.clone()),
        Owner::User(id) => data_key::Column::UserId.eq(id.clone()),
    }
}
