//! The table `accounts`.

use sea_orm::entity::prelude::*;

use crate::ids::UserId;

/// An account at another issuer that a person signs in with.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    /// Who vouches for it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issuer: String,
    /// The issuer's name of the person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// The person.
    pub user_id: UserId,
    /// When it was first used: milliseconds since 1970, UTC.
    pub created_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
