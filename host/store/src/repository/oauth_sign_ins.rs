//! Sign-ins elsewhere that are under way.
//!
//! A browser that comes back from an issuer shows the state that it was given and nothing else, so
//! [`OauthSignIns::of_state`] and [`OauthSignIns::take`] know no owner: the state says whose it is.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::entity::oauth_sign_in::{self, Column};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{CredentialId, OauthSignIn};

/// Sign-ins elsewhere that are under way.
pub struct OauthSignIns<'c>(pub(crate) Executor<'c>);

impl OauthSignIns<'_> {
    /// Adds one, and forgets those that ended before a time.
    pub async fn add(&self, sign_in: OauthSignIn, forget_before_ms: i64) -> Result<()> {
        oauth_sign_in::Entity::delete_many()
            .filter(Column::ExpiresAt.lt(forget_before_ms))
            .exec(&self.0)
            .await
            .during("forgetting sign-ins")?;
        oauth_sign_in::Entity::insert(sign_in.into_active_model())
            .exec_without_returning(&self.0)
            .await
            .unless_taken("sign-in", "adding a sign-in")?;
        Ok(())
    }

    /// Door without a workspace: the sign-in that a state belongs to, by the state's digest.
    pub async fn of_state(&self, id: &str) -> Result<Option<OauthSignIn>> {
        oauth_sign_in::Entity::find_by_id(id.to_owned())
            .one(&self.0)
            .await
            .during("looking a sign-in up")
    }

    /// Door without a workspace: takes a sign-in for its one answer; says whether it was there to
    /// be taken.
    pub async fn take(&self, id: &str, now_ms: i64) -> Result<bool> {
        let taken = oauth_sign_in::Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(now_ms))
            .filter(Column::Id.eq(id))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(now_ms))
            .exec(&self.0)
            .await
            .during("taking a sign-in")?;
        Ok(taken.rows_affected == 1)
    }

    /// Notes what came of a sign-in that was taken: a credential, or why there is none.
    pub async fn finish(
        &self,
        id: &str,
        came: std::result::Result<&CredentialId, &str>,
    ) -> Result<()> {
        let (credential, failure) = match came {
            Ok(credential) => (Some(credential.clone()), None),
            Err(failure) => (None, Some(failure)),
        };
        oauth_sign_in::Entity::update_many()
            .col_expr(Column::CredentialId, Expr::value(credential.map(|id| id.0)))
            .col_expr(Column::Failure, Expr::value(failure))
            .filter(Column::Id.eq(id))
            .exec(&self.0)
            .await
            .during("finishing a sign-in")?;
        Ok(())
    }
}
