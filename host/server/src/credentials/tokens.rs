//! Secrets that the host itself works with: tokens that it gets and renews, and what it keeps
//! while someone signs in.

use std::collections::BTreeMap;

use talkloom_blocks as blocks;
use talkloom_store::{
    CredentialId, CredentialSecret, OauthGrant, Owner, Repositories, StoreError, Tx,
};
use talkloom_vault::Secret;

use super::open::{binding, open};
use super::{Vault, VaultError};

/// Keys may be changed between two reads, and then once more.
const ATTEMPTS: usize = 3;

/// A sealed text and the key that it needs.
pub(crate) struct Sealed {
    pub(crate) data_key_id: String,
    pub(crate) text: String,
}

impl Vault {
    /// A credential's secrets.
    pub(crate) async fn own_secrets(
        &self,
        owner: &Owner,
        id: &CredentialId,
    ) -> Result<BTreeMap<String, blocks::Secret>, VaultError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.secrets(owner, id).await {
                Err(VaultError::Gone { .. }) if attempt < ATTEMPTS => {}
                secrets => return secrets,
            }
        }
    }

    /// Puts secrets in the place of those of the same fields, unless the tokens of this generation
    /// were replaced meanwhile; says whether it did.
    pub(crate) async fn renew(
        &self,
        owner: &Owner,
        grant: &OauthGrant,
        secrets: &BTreeMap<String, Secret>,
        expires_at: Option<i64>,
    ) -> Result<bool, VaultError> {
        for _ in 0..ATTEMPTS {
            match self.try_renew(owner, grant, secrets, expires_at).await {
                Err(VaultError::Store(StoreError::Conflict { .. })) => {}
                other => return other,
            }
        }
        Err(VaultError::Busy)
    }

    async fn try_renew(
        &self,
        owner: &Owner,
        grant: &OauthGrant,
        secrets: &BTreeMap<String, Secret>,
        expires_at: Option<i64>,
    ) -> Result<bool, VaultError> {
        let now_ms = self.0.clock.now_ms();
        let tx = self.0.store.begin().await?;
        if !tx.oauth_grants().renewed(owner, grant, expires_at).await? {
            return Ok(false);
        }
        let sealed = self.seal_all(&tx, owner, &grant.credential_id, secrets);
        let sealed = sealed.await?;
        let credentials = tx.credentials();
        let replaced = credentials.replace_secrets(owner, &grant.credential_id, sealed, now_ms);
        if !replaced.await? {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Seals a credential's secrets with its owner's key.
    pub(super) async fn seal_all(
        &self,
        tx: &Tx,
        owner: &Owner,
        id: &CredentialId,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<Vec<CredentialSecret>, VaultError> {
        let key = self.active_key(tx, owner).await?;
        let mut sealed = Vec::with_capacity(secrets.len());
        for (field, secret) in secrets {
            sealed.push(CredentialSecret {
                credential_id: id.clone(),
                field: field.clone(),
                data_key_id: key.id().to_owned(),
                sealed: key.seal(&binding(owner, id, field), secret)?,
            });
        }
        Ok(sealed)
    }

    /// Seals a text that is no credential's, bound to a place of its own.
    pub(crate) async fn seal(
        &self,
        tx: &Tx,
        owner: &Owner,
        place: &CredentialId,
        field: &str,
        text: &Secret,
    ) -> Result<Sealed, VaultError> {
        let key = self.active_key(tx, owner).await?;
        Ok(Sealed {
            text: key.seal(&binding(owner, place, field), text)?,
            data_key_id: key.id().to_owned(),
        })
    }

    /// Opens what [`Vault::seal`] gave.
    pub(crate) async fn open_sealed(
        &self,
        owner: &Owner,
        place: &CredentialId,
        field: &str,
        sealed: Sealed,
    ) -> Result<Secret, VaultError> {
        let key = self.data_key(owner, &sealed.data_key_id).await?;
        let row = CredentialSecret {
            credential_id: place.clone(),
            field: field.to_owned(),
            data_key_id: sealed.data_key_id,
            sealed: sealed.text,
        };
        open(&key, owner, &row)
    }
}
