//! The table `oauth_sign_ins`.

use sea_orm::entity::prelude::*;

use crate::ids::{CredentialId, UserId, WorkspaceId};

/// A sign-in elsewhere that is under way, or what came of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_sign_ins")]
pub struct Model {
    /// The digest of the state that the issuer hands back.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The workspace that will own the credential.
    pub workspace_id: Option<WorkspaceId>,
    /// The person who will own it.
    pub user_id: Option<UserId>,
    /// The credential type.
    pub kind: String,
    /// What people will call the credential.
    pub name: String,
    /// Who began: a person's id, or the command line.
    pub asked_by: String,
    /// The credential that gets new tokens; none: a new one is made.
    pub renews: Option<CredentialId>,
    /// Where the issuer sends the browser back to.
    pub redirect_uri: String,
    /// The key that the next field is sealed with.
    pub data_key_id: String,
    /// What only the exchange needs, sealed.
    pub sealed: String,
    /// When it began: milliseconds since 1970, UTC.
    pub created_at: i64,
    /// When it is too late: milliseconds since 1970, UTC.
    pub expires_at: i64,
    /// When the issuer's answer came: milliseconds since 1970, UTC.
    pub used_at: Option<i64>,
    /// The credential that came of it.
    pub credential_id: Option<CredentialId>,
    /// Why none did: a sentence.
    pub failure: Option<String>,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
