//! Tokens that programs call the API with.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::api_token;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{ApiToken, TokenId, UserId, WorkspaceId};

/// Tokens that programs call the API with.
pub struct ApiTokens<'c>(pub(crate) Executor<'c>);

/// A token that is to be added.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// The id.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the token, in hexadecimal digits.
    pub digest: String,
    /// Whose it is; none: the workspace's own.
    pub user_id: Option<UserId>,
    /// What it may do: a list, as JSON text; none: everything that its owner may.
    pub scopes: Option<String>,
    /// When it ends: milliseconds since 1970, UTC; none: never.
    pub expires_at: Option<i64>,
}

impl ApiTokens<'_> {
    /// Adds a token.
    pub async fn add(
        &self,
        workspace: &WorkspaceId,
        token: NewApiToken,
        now_ms: i64,
    ) -> Result<()> {
        let row = api_token::ActiveModel {
            id: Set(token.id),
            workspace_id: Set(workspace.clone()),
            name: Set(token.name),
            digest: Set(token.digest),
            created_at: Set(now_ms),
            last_used_at: Set(None),
            user_id: Set(token.user_id),
            scopes: Set(token.scopes),
            expires_at: Set(token.expires_at),
        };
        api_token::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("token", "adding a token")?;
        Ok(())
    }

    /// Finds a token that has not expired by the digest of what a caller showed. Whoever shows it
    /// belongs to no workspace before: what comes back names the one that every further step goes
    /// through.
    pub async fn owner(&self, digest: &str, now_ms: i64) -> Result<Option<ApiToken>> {
        let lives = Condition::any()
            .add(api_token::Column::ExpiresAt.is_null())
            .add(api_token::Column::ExpiresAt.gt(now_ms));
        api_token::Entity::find()
            .filter(api_token::Column::Digest.eq(digest))
            .filter(lives)
            .one(&self.0)
            .await
            .during("looking a token up")
    }

    /// All tokens of a workspace, the oldest first.
    pub async fn all(&self, workspace: &WorkspaceId) -> Result<Vec<ApiToken>> {
        api_token::Entity::find()
            .filter(api_token::Column::WorkspaceId.eq(workspace.clone()))
            .order_by_asc(api_token::Column::Id)
            .all(&self.0)
            .await
            .during("reading tokens")
    }

    /// Notes that a token was used.
    pub async fn touch(&self, workspace: &WorkspaceId, id: &TokenId, now_ms: i64) -> Result<()> {
        api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::value(now_ms))
            .filter(api_token::Column::WorkspaceId.eq(workspace.clone()))
            .filter(api_token::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("noting a token's use")?;
        Ok(())
    }

    /// Removes a token; says whether it was there.
    pub async fn remove(&self, workspace: &WorkspaceId, id: &TokenId) -> Result<bool> {
        let removed = api_token::Entity::delete_many()
            .filter(api_token::Column::WorkspaceId.eq(workspace.clone()))
            .filter(api_token::Column::Id.eq(id.clone()))
            .exec(&self.0)
            .await
            .during("removing a token")?;
        Ok(removed.rows_affected == 1)
    }
}
