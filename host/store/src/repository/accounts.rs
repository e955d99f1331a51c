//! Accounts at other issuers that people sign in with.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::account;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{Account, UserId};

/// Accounts at other issuers.
pub struct Accounts<'c>(pub(crate) Executor<'c>);

impl Accounts<'_> {
    /// Lets a person sign in with an account; one that is somebody's is a conflict.
    pub async fn link(
        &self,
        user: &UserId,
        issuer: &str,
        subject: &str,
        now_ms: i64,
    ) -> Result<()> {
        let row = account::ActiveModel {
            issuer: Set(issuer.to_owned()),
            subject: Set(subject.to_owned()),
            user_id: Set(user.clone()),
            created_at: Set(now_ms),
        };
        account::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("account", "linking an account")?;
        Ok(())
    }

    /// Finds whose account it is. Who shows it is nobody yet.
    pub async fn owner(&self, issuer: &str, subject: &str) -> Result<Option<Account>> {
        account::Entity::find_by_id((issuer.to_owned(), subject.to_owned()))
            .one(&self.0)
            .await
            .during("looking an account up")
    }

    /// The accounts of a person.
    pub async fn all(&self, user: &UserId) -> Result<Vec<Account>> {
        account::Entity::find()
            .filter(account::Column::UserId.eq(user.clone()))
            .order_by_asc(account::Column::Issuer)
            .order_by_asc(account::Column::Subject)
            .all(&self.0)
            .await
            .during("reading accounts")
    }

    /// Takes an account from a person; says whether it was theirs.
    pub async fn unlink(&self, user: &UserId, issuer: &str, subject: &str) -> Result<bool> {
        let removed = account::Entity::delete_by_id((issuer.to_owned(), subject.to_owned()))
            .filter(account::Column::UserId.eq(user.clone()))
            .exec(&self.0)
            .await
            .during("unlinking an account")?;
        Ok(removed.rows_affected == 1)
    }
}
