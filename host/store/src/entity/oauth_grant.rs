//! The table `oauth_grants`.

use sea_orm::entity::prelude::*;

use crate::ids::CredentialId;

/// What is known of a credential's tokens, which are its secrets.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_grants")]
pub struct Model {
    /// The credential.
    #[sea_orm(primary_key, auto_increment = false)]
    pub credential_id: CredentialId,
    /// Goes up whenever the tokens change.
    pub generation: i64,
    /// When the access token ends: milliseconds since 1970, UTC; none: it is not known.
    pub expires_at: Option<i64>,
    /// Until when someone is making the tokens anew: milliseconds since 1970, UTC.
    pub renewing_until: Option<i64>,
    /// Since when the issuer takes the grant no more: milliseconds since 1970, UTC.
    pub refused_at: Option<i64>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
