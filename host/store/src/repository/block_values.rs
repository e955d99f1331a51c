//! Small values that blocks keep between calls.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Statement,
};

use crate::WorkspaceId;
use crate::entity::block_value::{self, Column};
use crate::error::{Context, Result};
use crate::executor::Executor;

/// Small values that blocks keep between calls.
pub struct BlockValues<'c>(pub(crate) Executor<'c>);

/// Where a value is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePlace {
    /// The component's id.
    pub component: String,
    /// The result or preview that it belongs to; empty: the whole workspace.
    pub owner: String,
    /// The block's key.
    pub key: String,
}

/// Keys count too: many small values are no way around the limit.
const BYTES: &str = "SELECT CAST(COALESCE(SUM(bytes + LENGTH(key)), 0) AS BIGINT) AS bytes \
     FROM block_values WHERE workspace_id = $1 AND component = $2 \
     AND NOT (owner = $3 AND key = $4) AND (expires_at IS NULL OR expires_at > $5)";

impl BlockValues<'_> {
    /// A value; one whose time has passed is not there.
    pub async fn get(
        &self,
        workspace: &WorkspaceId,
        place: &ValuePlace,
        now_ms: i64,
    ) -> Result<Option<Vec<u8>>> {
        let is_current = Condition::any()
            .add(Column::ExpiresAt.is_null())
            .add(Expr::col(Column::ExpiresAt).gt(now_ms));
        let found = block_value::Entity::find()
            .filter(at(workspace, place))
            .filter(is_current)
            .one(&self.0)
            .await
            .during("reading a block's value")?;
        // Nobody but this module writes values.
        Ok(found.and_then(|row| BASE64_STANDARD.decode(row.value).ok()))
    }

    /// How many bytes a component keeps in a workspace beside the value of this place.
    pub async fn bytes_beside(
        &self,
        workspace: &WorkspaceId,
        place: &ValuePlace,
        now_ms: i64,
    ) -> Result<i64> {
        let values = [
            workspace.clone().into(),
            place.component.as_str().into(),
            place.owner.as_str().into(),
            place.key.as_str().into(),
            now_ms.into(),
        ];
        let backend = self.0.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, BYTES, values);
        let row = self.0.query_one_raw(statement).await;
        let row = row.during("measuring a block's values")?;
        let bytes = row.map(|row| row.try_get("", "bytes")).transpose();
        Ok(bytes.during("measuring a block's values")?.unwrap_or(0))
    }

    /// Keeps a value, in place of an older one.
    pub async fn set(
        &self,
        workspace: &WorkspaceId,
        place: &ValuePlace,
        value: &[u8],
        expires_at: Option<i64>,
    ) -> Result<()> {
        let row = block_value::ActiveModel {
            workspace_id: Set(workspace.clone()),
            component: Set(place.component.clone()),
            owner: Set(place.owner.clone()),
            key: Set(place.key.clone()),
            value: Set(BASE64_STANDARD.encode(value)),
            bytes: Set(i64::try_from(value.len()).unwrap_or(i64::MAX)),
            expires_at: Set(expires_at),
        };
        let place = [
            Column::WorkspaceId,
            Column::Component,
            Column::Owner,
            Column::Key,
        ];
        let replace = OnConflict::columns(place)
            .update_columns([Column::Value, Column::Bytes, Column::ExpiresAt])
            .to_owned();
        block_value::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.0)
            .await
            .during("keeping a block's value")?;
        Ok(())
    }

    /// Removes a value.
    pub async fn delete(&self, workspace: &WorkspaceId, place: &ValuePlace) -> Result<()> {
        block_value::Entity::delete_many()
            .filter(at(workspace, place))
            .exec(&self.0)
            .await
            .during("removing a block's value")?;
        Ok(())
    }
}

fn at(workspace: &WorkspaceId, place: &ValuePlace) -> Condition {
    Condition::all()
        .add(Column::WorkspaceId.eq(workspace.clone()))
        .add(Column::Component.eq(place.component.as_str()))
        .add(Column::Owner.eq(place.owner.as_str()))
        .add(Column::Key.eq(place.key.as_str()))
}
