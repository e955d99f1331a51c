//! Who is signed in, and in which browsers.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::auth_session;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{AuthSession, AuthSessionId, UserId};

/// Who is signed in.
pub struct AuthSessions<'c>(pub(crate) Executor<'c>);

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuthSession {
    /// The id.
    pub id: AuthSessionId,
    /// SHA-256 of what the cookie holds, in hexadecimal digits.
    pub digest: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// When it ends: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

impl AuthSessions<'_> {
    /// Signs a person in.
    pub async fn add(&self, user: &UserId, new: NewAuthSession, now_ms: i64) -> Result<()> {
        let row = auth_session::ActiveModel {
            id: Set(new.id),
            user_id: Set(user.clone()),
            digest: Set(new.digest),
            user_agent: Set(new.user_agent),
            created_at: Set(now_ms),
            last_seen_at: Set(now_ms),
            expires_at: Set(new.expires_at),
        };
        auth_session::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("sign-in", "signing in")?;
        Ok(())
    }

    /// Finds who is signed in by the digest of what the cookie holds, as long as it has not expired.
    /// Who shows it is nobody yet.
    pub async fn owner(&self, digest: &str, now_ms: i64) -> Result<Option<AuthSession>> {
        auth_session::Entity::find()
            .filter(auth_session::Column::Digest.eq(digest))
            .filter(auth_session::Column::ExpiresAt.gt(now_ms))
            .one(&self.0)
            .await
            .during("looking a sign-in up")
    }

    /// Where a person is signed in, expired ones included, the oldest first.
    pub async fn all(&self, user: &UserId) -> Result<Vec<AuthSession>> {
        auth_session::Entity::find()
            .filter(auth_session::Column::UserId.eq(user.clone()))
            .order_by_asc(auth_session::Column::Id)
            .all(&self.0)
            .await
            .during("reading sign-ins")
    }

    /// Notes that a sign-in was used and when it ends now; says whether it is the person's.
    pub async fn touch(
        &self,
        user: &UserId,
        id: &AuthSessionId,
        now_ms: i64,
        expires_at: i64,
    ) -> Result<bool> {
        let written = auth_session::Entity::update_many()
            .col_expr(auth_session::Column::LastSeenAt, Expr::value(now_ms))
            .col_expr(auth_session::Column::ExpiresAt, Expr::value(expires_at))
            .filter(auth_session::Column::Id.eq(id.clone()))
            .filter(auth_session::Column::UserId.eq(user.clone()))
            .exec(&self.0)
            .await
            .during("noting a sign-in's use")?;
        Ok(written.rows_affected == 1)
    }

    /// Signs a person out in one browser; says whether the sign-in was the person's.
    pub async fn remove(&self, user: &UserId, id: &AuthSessionId) -> Result<bool> {
        let removed = auth_session::Entity::delete_by_id(id.clone())
            .filter(auth_session::Column::UserId.eq(user.clone()))
            .exec(&self.0)
            .await
            .during("signing out")?;
        Ok(removed.rows_affected == 1)
    }

    /// Signs a person out everywhere; gives where that was.
    pub async fn remove_all(&self, user: &UserId) -> Result<u64> {
        let removed = auth_session::Entity::delete_many()
            .filter(auth_session::Column::UserId.eq(user.clone()))
            .exec(&self.0)
            .await
            .during("signing out")?;
        Ok(removed.rows_affected)
    }
}
