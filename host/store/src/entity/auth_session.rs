//! The table `auth_sessions`.

use sea_orm::entity::prelude::*;

use crate::ids::{AuthSessionId, UserId};

/// A person who is signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auth_sessions")]
pub struct Model {
    /// The id, which is no secret.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuthSessionId,
    /// The person.
    pub user_id: UserId,
    /// SHA-256 of what the cookie holds, in hexadecimal digits.
    pub digest: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// When they signed in: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it was last used: milliseconds since 1970, UTC.
    pub last_seen_at: i64,
    /// When it ends: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
