//! Credentials that no key at hand opens, because a master key was lost or a row is broken. They
//! are listed, and forgotten only when someone says so.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::json;
use talkloom_store::repository::{CANARY, NewAuditEntry};
use talkloom_store::{Credential, DataKey, Owner, Repositories, Store, Tx};
use talkloom_vault as vault;
use talkloom_vault::OpenError;

use super::open::{owner_of, vault_owner};
use super::{Vault, VaultError};
use crate::{Clock, Config, Entropy};

const AT_A_TIME: u64 = 200;

/// What does not open.
#[derive(Debug, Default)]
pub struct Lost {
    /// Credentials of which at least one field does not open, each with the reason.
    pub credentials: Vec<(Credential, String)>,
    /// The master keys that were needed and are not at hand.
    pub master_keys: BTreeSet<String>,
    data_keys: Vec<String>,
}

impl Lost {
    /// Whether everything opens.
    pub fn is_nothing(&self) -> bool {
        self.credentials.is_empty() && self.data_keys.is_empty()
    }
}

impl Vault {
    /// Opens the vault with whatever master keys are at hand, also where they are not those that
    /// the database's secrets need: to see what is lost.
    pub async fn open_with_any_key(
        config: &Config,
        store: &Store,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<Self> {
        Self::unchecked(config, store, clock, entropy)
            .await
            .context("There is no key to go on with: talkloom keys new prints a fresh one.")
    }

    /// Looks for credentials and keys that do not open; nothing is changed.
    pub async fn lost(&self) -> Result<Lost, VaultError> {
        let mut lost = Lost::default();
        let mut after = String::new();
        loop {
            let reader = self.0.store.reader();
            let page = reader.credentials().everyones(&after, AT_A_TIME).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id.0);
            for credential in page {
                if let Some(reason) = self.reason(&credential).await? {
                    lost.credentials.push((credential, reason));
                }
            }
        }
        after.clear();
        loop {
            let reader = self.0.store.reader();
            let page = reader.data_keys().everyones(&after, AT_A_TIME).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            for key in page {
                if let Err(reason) = self.try_unwrap(&key) {
                    if let OpenError::UnknownKey { id } = reason {
                        lost.master_keys.insert(id);
                    }
                    lost.data_keys.push(key.id);
                }
            }
        }
        Ok(lost)
    }

    /// Forgets what [`Vault::lost`] found, and goes on with the newest master key at hand.
    pub async fn forget(&self, lost: &Lost) -> Result<(), VaultError> {
        let tx = self.0.store.begin().await?;
        for (credential, _) in &lost.credentials {
            self.forget_credential(&tx, credential).await?;
        }
        for id in &lost.data_keys {
            tx.data_keys().forget(id).await?;
        }
        tx.commit().await?;
        if lost.data_keys.iter().any(|id| id == CANARY) {
            self.add_canary().await.map_err(VaultError::Canary)?;
        }
        Ok(())
    }

    async fn forget_credential(&self, tx: &Tx, credential: &Credential) -> Result<(), VaultError> {
        let owner = owner_of(credential)?;
        tx.credentials().remove(&owner, &credential.id).await?;
        let Owner::Workspace(workspace) = owner else {
            return Ok(());
        };
        let details = json!({"name": credential.name, "kind": credential.kind});
        let entry = NewAuditEntry {
            user_id: None,
            action: "credential.forgotten".to_owned(),
            target: credential.id.0.clone(),
            details: Some(details.to_string()),
        };
        let now_ms = self.0.clock.now_ms();
        Ok(tx.audit_log().add(&workspace, entry, now_ms).await?)
    }

    /// Why a credential does not open; none: it does.
    async fn reason(&self, credential: &Credential) -> Result<Option<String>, VaultError> {
        let owner = owner_of(credential)?;
        match self.open_quietly(&owner, credential.clone()).await {
            Ok(_) => Ok(None),
            Err(VaultError::Store(error)) => Err(error.into()),
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                Ok(Some(source.unwrap_or_else(|| error.to_string())))
            }
        }
    }

    fn try_unwrap(&self, key: &DataKey) -> Result<(), OpenError> {
        let owner = Owner::of(key.workspace_id.as_ref(), key.user_id.as_ref());
        let owner = owner
            .as_ref()
            .map_or(vault::Owner::Installation, vault_owner);
        self.0.ring.unwrap(&owner, &key.id, &key.wrapped).map(drop)
    }
}
