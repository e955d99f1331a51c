//! Seals new credentials, and removes old ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use talkloom_store::repository::{NewCredential, NewDataKey};
use talkloom_store::{
    Credential, CredentialId, Owner, Repositories, StoreError, Tx, WorkspaceId, ids,
};
use talkloom_vault::{DataKey, Secret};

use super::open::vault_owner;
use super::{Vault, VaultError};

/// Another process may draw an owner's first key, or change it, at the same moment.
const ATTEMPTS: usize = 5;

/// A credential that is to be kept.
pub struct NewAccount {
    /// The credential type, as a block's manifest names it.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Whose account it is, for people.
    pub account: Option<String>,
    /// The fields that are no secrets.
    pub fields: BTreeMap<String, String>,
    /// The fields that are.
    pub secrets: BTreeMap<String, Secret>,
}

impl Vault {
    /// Seals and keeps a credential.
    pub async fn add(&self, owner: &Owner, new: &NewAccount) -> Result<CredentialId, VaultError> {
        self.add_with(owner, new, None).await
    }

    /// Seals and keeps a credential that someone signed in for, with the time when its token ends.
    pub(crate) async fn add_signed_in(
        &self,
        owner: &Owner,
        new: &NewAccount,
        expires_at: Option<i64>,
    ) -> Result<CredentialId, VaultError> {
        self.add_with(owner, new, Some(expires_at)).await
    }

    async fn add_with(
        &self,
        owner: &Owner,
        new: &NewAccount,
        grant: Option<Option<i64>>,
    ) -> Result<CredentialId, VaultError> {
        for _ in 0..ATTEMPTS {
            match self.try_add(owner, new, grant).await {
                Err(VaultError::Store(StoreError::Conflict { .. })) => {}
                other => return other,
            }
        }
        Err(VaultError::Busy)
    }

    /// An owner's credentials without their secrets, the oldest first.
    pub async fn all(&self, owner: &Owner) -> Result<Vec<Credential>, VaultError> {
        Ok(self.0.store.reader().credentials().all(owner).await?)
    }

    /// What the bots of a workspace may use, without secrets: its own and its members', the oldest
    /// first.
    pub async fn usable(&self, workspace: &WorkspaceId) -> Result<Vec<Credential>, VaultError> {
        let reader = self.0.store.reader();
        Ok(reader.credentials().usable(workspace).await?)
    }

    /// Removes a credential with its secrets; says whether it was there.
    pub async fn remove(&self, owner: &Owner, id: &CredentialId) -> Result<bool, VaultError> {
        let tx = self.0.store.begin().await?;
        let removed = tx.credentials().remove(owner, id).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn try_add(
        &self,
        owner: &Owner,
        new: &NewAccount,
        grant: Option<Option<i64>>,
    ) -> Result<CredentialId, VaultError> {
        let now_ms = self.0.clock.now_ms();
        let id = self
            .0
            .entropy
            .with(|random| CredentialId::draw(now_ms, random));
        let tx = self.0.store.begin().await?;
        let secrets = self.seal_all(&tx, owner, &id, &new.secrets).await?;
        let row = NewCredential {
            id: id.clone(),
            kind: new.kind.clone(),
            name: new.name.clone(),
            account: new.account.clone(),
            fields: serde_json::to_string(&new.fields)?,
        };
        tx.credentials().add(owner, row, secrets, now_ms).await?;
        if let Some(expires_at) = grant {
            tx.oauth_grants().add(&id, expires_at).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// The key that the owner's secrets are sealed with; the first is drawn when it is needed.
    pub(super) async fn active_key(
        &self,
        tx: &Tx,
        owner: &Owner,
    ) -> Result<Arc<DataKey>, VaultError> {
        if let Some(row) = tx.data_keys().active(owner).await? {
            return self.unwrap(owner, &row);
        }
        self.draw_key(tx, owner).await
    }

    pub(super) async fn draw_key(
        &self,
        tx: &Tx,
        owner: &Owner,
    ) -> Result<Arc<DataKey>, VaultError> {
        let now_ms = self.0.clock.now_ms();
        let key = DataKey::draw(self.0.entropy.with(|random| ids::draw(now_ms, random)))?;
        let new = NewDataKey {
            id: key.id().to_owned(),
            wrapped: self.0.ring.wrap(&vault_owner(owner), &key)?,
            master_key_id: self.0.ring.newest().to_owned(),
        };
        tx.data_keys().add(owner, new, now_ms).await?;
        Ok(Arc::new(key))
    }
}
