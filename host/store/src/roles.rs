//! What people may do: in a workspace, and on one bot.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// What a member may do in a workspace.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Everything, people and settings included.
    #[sea_orm(string_value = "ADMIN")]
    Admin,
    /// Works on all bots.
    #[sea_orm(string_value = "MEMBER")]
    Member,
    /// Works on the bots that they are invited to.
    #[sea_orm(string_value = "GUEST")]
    Guest,
}

/// What a collaborator may do on a bot.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Access {
    /// Looks at it.
    #[sea_orm(string_value = "READ")]
    Read,
    /// Changes it.
    #[sea_orm(string_value = "WRITE")]
    Write,
    /// Publishes it and invites others too.
    #[sea_orm(string_value = "FULL_ACCESS")]
    FullAccess,
}
