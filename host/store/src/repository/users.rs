//! People. They belong to no workspace: what a person may see there, [`Members`](super::Members)
//! and [`Collaborators`](super::Collaborators) say.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};

use crate::entity::user;
use crate::error::{Context, Result};
use crate::executor::Executor;
use crate::{User, UserId};

/// People.
pub struct Users<'c>(pub(crate) Executor<'c>);

/// A person who is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The id.
    pub id: UserId,
    /// The address, in lower case.
    pub email: String,
    /// What others call the person.
    pub name: Option<String>,
    /// Runs the installation.
    pub is_admin: bool,
}

impl Users<'_> {
    /// Adds a person; a taken address is a conflict.
    pub async fn add(&self, new: NewUser, now_ms: i64) -> Result<()> {
        let row = user::ActiveModel {
            id: Set(new.id),
            email: Set(new.email),
            name: Set(new.name),
            image: Set(None),
            is_admin: Set(new.is_admin),
            created_at: Set(now_ms),
            last_seen_at: Set(None),
        };
        user::Entity::insert(row)
            .exec_without_returning(&self.0)
            .await
            .unless_taken("address", "adding a person")?;
        Ok(())
    }

    /// Finds a person.
    pub async fn find(&self, id: &UserId) -> Result<Option<User>> {
        let found = user::Entity::find_by_id(id.clone()).one(&self.0).await;
        found.during("reading a person")
    }

    /// Finds a person by the address, in lower case.
    pub async fn find_by_email(&self, email: &str) -> Result<Option<User>> {
        user::Entity::find()
            .filter(user::Column::Email.eq(email))
            .one(&self.0)
            .await
            .during("reading a person")
    }

    /// A page of all people, the first first.
    pub async fn page(&self, after: Option<&UserId>, limit: u64) -> Result<Vec<User>> {
        let mut select = user::Entity::find();
        if let Some(after) = after {
            select = select.filter(user::Column::Id.gt(after.clone()));
        }
        select
            .order_by_asc(user::Column::Id)
            .limit(limit)
            .all(&self.0)
            .await
            .during("reading people")
    }

    /// Changes what others see of a person; says whether the person exists.
    pub async fn save_profile(
        &self,
        id: &UserId,
        name: Option<&str>,
        image: Option<&str>,
    ) -> Result<bool> {
        let update = user::Entity::update_many()
            .col_expr(user::Column::Name, Expr::value(name.map(str::to_owned)))
            .col_expr(user::Column::Image, Expr::value(image.map(str::to_owned)));
        self.update(update, id).await
    }

    /// Lets a person run the installation, or not; says whether the person exists.
    pub async fn set_admin(&self, id: &UserId, is_admin: bool) -> Result<bool> {
        let update =
            user::Entity::update_many().col_expr(user::Column::IsAdmin, Expr::value(is_admin));
        self.update(update, id).await
    }

    /// Notes that a person was here; says whether the person exists.
    pub async fn seen(&self, id: &UserId, now_ms: i64) -> Result<bool> {
        let update =
            user::Entity::update_many().col_expr(user::Column::LastSeenAt, Expr::value(now_ms));
        self.update(update, id).await
    }

    /// Removes a person with everything that is the person's own; says whether the person was there.
    pub async fn remove(&self, id: &UserId) -> Result<bool> {
        let removed = user::Entity::delete_by_id(id.clone()).exec(&self.0).await;
        Ok(removed.during("removing a person")?.rows_affected == 1)
    }

    async fn update(&self, update: UpdateMany<user::Entity>, id: &UserId) -> Result<bool> {
        let update = update.filter(user::Column::Id.eq(id.clone()));
        let written = update.exec(&self.0).await.during("changing a person")?;
        Ok(written.rows_affected == 1)
    }
}
