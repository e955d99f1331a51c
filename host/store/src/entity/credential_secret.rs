//! The table `credential_secrets`.

use sea_orm::entity::prelude::*;

use crate::ids::CredentialId;

/// One secret field of a credential.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential_secrets")]
pub struct Model {
    /// The credential.
    #[sea_orm(primary_key, auto_increment = false)]
    pub credential_id: CredentialId,
    /// The field.
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: String,
    /// The key that it is sealed with; the text names it too.
    pub data_key_id: String,
    /// The sealed value.
    pub sealed: String,
}

/// The table stands alone: what belongs together is read by its repositories.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
