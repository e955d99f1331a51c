//! The table `users`.

use sea_orm::entity::prelude::*;

use crate::ids::UserId;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The address, in lower case.
    pub email: String,
    /// What others call the person.
    pub name: Option<String>,
    /// The address of a picture.
    pub image: Option<String>,
    /// Runs the installation.
    pub is_admin: bool,
    /// When they first came: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When they were last here: milliseconds since 1970, UTC.
    pub last_seen_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
