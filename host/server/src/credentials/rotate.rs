//! Changes keys while servers serve.
//!
//! Everything happens in small transactions, each of which leaves every secret readable; what
//! broke off goes on with the next call.

use std::collections::HashMap;
use std::sync::Arc;

use talkloom_store::repository::{Resealed, RetiredSecret};
use talkloom_store::{CredentialSecret, Owner, Repositories, StoreError};
use talkloom_vault as vault;
use talkloom_vault::DataKey;

use super::open::{binding, open, vault_owner};
use super::{Vault, VaultError};

const KEYS_AT_A_TIME: u64 = 100;
const SECRETS_AT_A_TIME: i64 = 512;

/// What a change of keys did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Data keys that were wrapped with the newest master key.
    pub wrapped: u64,
    /// Data keys that were drawn.
    pub drawn: u64,
    /// Secrets that were sealed anew.
    pub resealed: u64,
    /// Old data keys that were deleted, because they sealed nothing any more.
    pub deleted: u64,
    /// Secrets that do not open, as `credential.field` or `webhook id`; they were left as they are.
    pub unreadable: Vec<String>,
}

impl Vault {
    /// Wraps all data keys with the newest master key; with `data_keys` it also draws new data
    /// keys and seals every secret anew.
    pub async fn rotate(&self, data_keys: bool) -> Result<Rotated, VaultError> {
        let mut rotated = Rotated::default();
        self.rewrap(&mut rotated).await?;
        if data_keys {
            self.draw_keys(&mut rotated).await?;
            self.reseal(&mut rotated).await?;
            self.reseal_endpoints(&mut rotated).await?;
            let tx = self.0.store.begin().await?;
            rotated.deleted = tx.data_keys().remove_unused().await?;
            tx.commit().await?;
        }
        Ok(rotated)
    }

    async fn rewrap(&self, rotated: &mut Rotated) -> Result<(), VaultError> {
        let (store, ring) = (&self.0.store, &self.0.ring);
        let mut after = String::new();
        loop {
            let keys = store.reader().data_keys();
            let newest = ring.newest();
            let rows = keys
                .wrapped_by_others(newest, &after, KEYS_AT_A_TIME)
                .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            let tx = store.begin().await?;
            for row in &rows {
                let owner = Owner::of(row.workspace_id.as_ref(), row.user_id.as_ref());
                let owner = owner
                    .as_ref()
                    .map_or(vault::Owner::Installation, vault_owner);
                let unwrapped = ring.unwrap(&owner, &row.id, &row.wrapped);
                let key = unwrapped.map_err(|source| VaultError::DataKey {
                    id: row.id.clone(),
                    source,
                })?;
                let wrapped = ring.wrap(&owner, &key)?;
                tx.data_keys().rewrap(row, &wrapped, newest).await?;
            }
            tx.commit().await?;
            rotated.wrapped += rows.len() as u64;
        }
    }

    /// One transaction for each owner: from then on new secrets are sealed with the new key.
    async fn draw_keys(&self, rotated: &mut Rotated) -> Result<(), VaultError> {
        let started = self.0.clock.now_ms();
        let mut after = String::new();
        loop {
            let keys = self.0.store.reader().data_keys();
            let rows = keys.outdated(started, &after, KEYS_AT_A_TIME).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for row in &rows {
                let Some(owner) = Owner::of(row.workspace_id.as_ref(), row.user_id.as_ref()) else {
                    continue;
                };
                let tx = self.0.store.begin().await?;
                if !tx.data_keys().retire(&owner, &row.id, started).await? {
                    continue;
                }
                self.draw_key(&tx, &owner).await?;
                tx.commit().await?;
                rotated.drawn += 1;
            }
        }
    }

    /// Opening and sealing happens outside of the transactions, which only compare and store.
    async fn reseal(&self, rotated: &mut Rotated) -> Result<(), VaultError> {
        let store = &self.0.store;
        let mut after = (String::new(), String::new());
        loop {
            let credentials = store.reader().credentials();
            let place = (after.0.as_str(), after.1.as_str());
            let rows = credentials
                .sealed_with_retired(place, SECRETS_AT_A_TIME)
                .await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = (last.credential_id.0.clone(), last.field.clone());
            let mut active = HashMap::new();
            let mut resealed = Vec::with_capacity(rows.len());
            for row in rows {
                match self.seal_anew(row, &mut active).await {
                    Ok(new) => resealed.push(new),
                    Err((place, VaultError::Open { .. })) => rotated.unreadable.push(place),
                    Err((_, error)) => return Err(error),
                }
            }
            let count = resealed.len() as u64;
            let tx = store.begin().await?;
            tx.credentials().reseal(resealed).await?;
            tx.commit().await?;
            rotated.resealed += count;
        }
    }

    async fn seal_anew(
        &self,
        before: RetiredSecret,
        active: &mut HashMap<Owner, Arc<DataKey>>,
    ) -> Result<Resealed, (String, VaultError)> {
        let place = format!("{}.{}", before.credential_id, before.field);
        self.try_seal_anew(before, active)
            .await
            .map_err(|error| (place, error))
    }

    async fn try_seal_anew(
        &self,
        before: RetiredSecret,
        active: &mut HashMap<Owner, Arc<DataKey>>,
    ) -> Result<Resealed, VaultError> {
        let owner = Owner::of(before.workspace_id.as_ref(), before.user_id.as_ref());
        let gone = || VaultError::Gone {
            id: before.data_key_id.clone(),
        };
        let owner = owner.ok_or_else(gone)?;
        let old = self.data_key(&owner, &before.data_key_id).await?;
        let row = CredentialSecret {
            credential_id: before.credential_id.clone(),
            field: before.field.clone(),
            data_key_id: before.data_key_id.clone(),
            sealed: before.sealed.clone(),
        };
        let secret = open(&old, &owner, &row)?;
        let new = match active.get(&owner) {
            Some(key) => Arc::clone(key),
            None => {
                let key = self.current_key(&owner).await?;
                active.insert(owner.clone(), Arc::clone(&key));
                key
            }
        };
        let place = binding(&owner, &before.credential_id, &before.field);
        Ok(Resealed {
            sealed: new.seal(&place, &secret)?,
            data_key_id: new.id().to_owned(),
            before,
        })
    }

    /// The owner's key for new secrets, which may be in the making elsewhere.
    pub(super) async fn current_key(&self, owner: &Owner) -> Result<Arc<DataKey>, VaultError> {
        let tx = self.0.store.begin().await?;
        match self.active_key(&tx, owner).await {
            Err(VaultError::Store(StoreError::Conflict { .. })) => Err(VaultError::Busy),
            key => {
                tx.commit().await?;
                key
            }
        }
    }
}
