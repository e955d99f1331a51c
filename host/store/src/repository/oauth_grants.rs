//! What is known of tokens that someone signed in for; the tokens are secrets of credentials.
//!
//! Tokens are made anew by one at a time: whoever [`OauthGrants::claim`]s it, for as long as the
//! claim lasts. The generation has the last word, so that late tokens never replace later ones.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany};

use super::Owner;
use super::credentials::owned;
use crate::entity::oauth_grant::{self, Column};
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{CredentialId, OauthGrant};

/// What is known of tokens that someone signed in for.
pub struct OauthGrants<'c>(pub(crate) Executor<'c>);

impl OauthGrants<'_> {
    /// Notes when the tokens of a credential end that was added in the same transaction.
    pub async fn add(&self, id: &CredentialId, expires_at: Option<i64>) -> Result<()> {
        let row = oauth_grant::ActiveModel {
            credential_id: Set(id.clone()),
            generation: Set(0),
            expires_at: Set(expires_at),
            renewing_until: Set(None),
            refused_at: Set(None),
        };
        oauth_grant::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("grant", "adding a grant")?;
        Ok(())
    }

    /// What is known of a credential's tokens; none where it was not signed in for.
    pub async fn find(&self, owner: &Owner, id: &CredentialId) -> Result<Option<OauthGrant>> {
        oauth_grant::Entity::find()
            .filter(Column::CredentialId.in_subquery(owned(owner, id)))
            .one(&self.0)
            .await
            .during("looking a grant up")
    }

    /// Takes it on to make the tokens of a generation anew, unless another does.
    pub async fn claim(
        &self,
        owner: &Owner,
        grant: &OauthGrant,
        now_ms: i64,
        until_ms: i64,
    ) -> Result<bool> {
        let free = Column::RenewingUntil
            .is_null()
            .or(Column::RenewingUntil.lt(now_ms));
        let update = of_generation(owner, grant)
            .col_expr(Column::RenewingUntil, Expr::value(until_ms))
            .filter(free);
        self.changes_one(update).await
    }

    /// Notes that the tokens were made anew, unless that happened meanwhile.
    pub async fn renewed(
        &self,
        owner: &Owner,
        grant: &OauthGrant,
        expires_at: Option<i64>,
    ) -> Result<bool> {
        let none = || Expr::value(None::<i64>);
        let update = of_generation(owner, grant)
            .col_expr(Column::Generation, Expr::value(grant.generation + 1))
            .col_expr(Column::ExpiresAt, Expr::value(expires_at))
            .col_expr(Column::RenewingUntil, none())
            .col_expr(Column::RefusedAt, none());
        self.changes_one(update).await
    }

    /// Notes that the issuer takes the grant no more.
    pub async fn refused(&self, owner: &Owner, grant: &OauthGrant, now_ms: i64) -> Result<bool> {
        let update = of_generation(owner, grant)
            .col_expr(Column::RefusedAt, Expr::value(now_ms))
            .col_expr(Column::RenewingUntil, Expr::value(None::<i64>));
        self.changes_one(update).await
    }

    /// Gives a claim back.
    pub async fn release(&self, owner: &Owner, grant: &OauthGrant) -> Result<()> {
        let update =
            of_generation(owner, grant).col_expr(Column::RenewingUntil, Expr::value(None::<i64>));
        self.changes_one(update).await.map(drop)
    }

    async fn changes_one(&self, update: UpdateMany<oauth_grant::Entity>) -> Result<bool> {
        let changed = update.exec(&self.0).await.during("changing a grant")?;
        Ok(changed.rows_affected == 1)
    }
}

fn of_generation(owner: &Owner, grant: &OauthGrant) -> UpdateMany<oauth_grant::Entity> {
    oauth_grant::Entity::update_many()
        .filter(Column::CredentialId.in_subquery(owned(owner, &grant.credential_id)))
        .filter(Column::Generation.eq(grant.generation))
}
