//! Opens a credential for a call, with a data key that is open already where there is one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use talkloom_blocks as blocks;
use talkloom_store::repository::NewAuditEntry;
use talkloom_store::{
    Credential, CredentialId, CredentialSecret, Owner, Repositories, WorkspaceId,
};
use talkloom_vault as vault;
use talkloom_vault::{Binding, DataKey};

use super::{Vault, VaultError};

/// Keys may be changed between two reads, and then once more.
const ATTEMPTS: usize = 3;
const HOUR_MS: i64 = 3_600_000;

impl Vault {
    /// An owner's credential without its secrets.
    pub async fn find(
        &self,
        owner: &Owner,
        id: &CredentialId,
    ) -> Result<Option<Credential>, VaultError> {
        let credentials = self.0.store.reader().credentials();
        Ok(credentials.find(owner, id).await?)
    }

    /// A credential that the bots of a workspace may use, without its secrets: the workspace's own, or
    /// one of a member.
    pub async fn find_usable(
        &self,
        workspace: &WorkspaceId,
        id: &CredentialId,
    ) -> Result<Option<Credential>, VaultError> {
        let credentials = self.0.store.reader().credentials();
        Ok(credentials.find_usable(workspace, id).await?)
    }

    /// Opens a credential that [`Vault::find`] gave.
    pub async fn unseal(
        &self,
        owner: &Owner,
        credential: Credential,
    ) -> Result<blocks::Credential, VaultError> {
        let workspace = match owner {
            Owner::Workspace(workspace) => Some(workspace),
            Owner::User(_) => None,
        };
        self.open_for(workspace, credential).await
    }

    /// Opens a credential for a workspace, which [`Vault::find_usable`] found it usable in.
    pub async fn open_for(
        &self,
        workspace: Option<&WorkspaceId>,
        credential: Credential,
    ) -> Result<blocks::Credential, VaultError> {
        let owner = owner_of(&credential)?;
        let id = credential.id.clone();
        let opened = self.open_quietly(&owner, credential).await?;
        self.note_use(owner, id, workspace.cloned());
        Ok(opened)
    }

    /// Opens a credential; that it was opened is for the caller to note.
    pub(super) async fn open_quietly(
        &self,
        owner: &Owner,
        credential: Credential,
    ) -> Result<blocks::Credential, VaultError> {
        let mut attempt = 0;
        let secrets = loop {
            attempt += 1;
            match self.secrets(owner, &credential.id).await {
                Err(VaultError::Gone { .. }) if attempt < ATTEMPTS => {}
                secrets => break secrets?,
            }
        };
        Ok(blocks::Credential {
            kind: credential.kind,
            account: credential.account,
            fields: serde_json::from_str(&credential.fields)?,
            secrets,
        })
    }

    pub(super) async fn secrets(
        &self,
        owner: &Owner,
        id: &CredentialId,
    ) -> Result<BTreeMap<String, blocks::Secret>, VaultError> {
        let sealed = self
            .0
            .store
            .reader()
            .credentials()
            .secrets(owner, id)
            .await?;
        let mut secrets = BTreeMap::new();
        for row in sealed {
            let key = self.data_key(owner, &row.data_key_id).await?;
            let secret = open(&key, owner, &row)?;
            let secret = blocks::Secret::new(secret.into_exposed());
            secrets.insert(row.field, secret);
        }
        Ok(secrets)
    }

    /// One of the owner's data keys, open.
    pub(super) async fn data_key(
        &self,
        owner: &Owner,
        id: &str,
    ) -> Result<Arc<DataKey>, VaultError> {
        if let Some(key) = self.0.open.get(id) {
            return Ok(key);
        }
        let row = self.0.store.reader().data_keys().find(owner, id).await?;
        let row = row.ok_or_else(|| VaultError::Gone { id: id.to_owned() })?;
        self.unwrap(owner, &row)
    }

    /// Unwraps a data key, unless it is open already.
    pub(super) fn unwrap(
        &self,
        owner: &Owner,
        row: &talkloom_store::DataKey,
    ) -> Result<Arc<DataKey>, VaultError> {
        if let Some(key) = self.0.open.get(&row.id) {
            return Ok(key);
        }
        let unwrapped = self
            .0
            .ring
            .unwrap(&vault_owner(owner), &row.id, &row.wrapped);
        let key = Arc::new(unwrapped.map_err(|source| VaultError::DataKey {
            id: row.id.clone(),
            source,
        })?);
        self.0.open.insert(row.id.clone(), key.clone());
        Ok(key)
    }

    /// The first use in an hour is noted: in the log, the audit log, and beside the
    /// credential. Calls do not wait.
    fn note_use(&self, owner: Owner, id: CredentialId, workspace: Option<WorkspaceId>) {
        let hour = self.0.clock.now_ms().div_euclid(HOUR_MS);
        let place = (id.clone(), workspace.clone());
        if self.0.noted.get(&place) == Some(hour) {
            return;
        }
        self.0.noted.insert(place, hour);
        let vault = self.clone();
        tokio::spawn(async move {
            if let Err(error) = vault.note(&owner, &id, workspace.as_ref()).await {
                tracing::warn!(%error, credential = %id, "a credential's use could not be noted");
            }
        });
    }

    /// Notes that a credential was opened, and for which workspace.
    pub(super) async fn note(
        &self,
        owner: &Owner,
        id: &CredentialId,
        workspace: Option<&WorkspaceId>,
    ) -> Result<(), VaultError> {
        tracing::info!(credential = %id, ?owner, "credential opened");
        let now_ms = self.0.clock.now_ms();
        let tx = self.0.store.begin().await?;
        if tx.credentials().touch(owner, id, now_ms).await?
            && let Some(workspace) = workspace
        {
            let details = match owner {
                Owner::User(user) => Some(json!({"user": user.as_str()}).to_string()),
                Owner::Workspace(_) => None,
            };
            let entry = NewAuditEntry {
                user_id: None,
                action: "credential.opened".to_owned(),
                target: id.0.clone(),
                details,
            };
            tx.audit_log().add(workspace, entry, now_ms).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Whose a credential is.
pub(super) fn owner_of(credential: &Credential) -> Result<Owner, VaultError> {
    let owner = Owner::of(
        credential.workspace_id.as_ref(),
        credential.user_id.as_ref(),
    );
    owner.ok_or(VaultError::Ownerless)
}

/// Opens one field.
pub(super) fn open(
    key: &DataKey,
    owner: &Owner,
    row: &CredentialSecret,
) -> Result<vault::Secret, VaultError> {
    let place = binding(owner, &row.credential_id, &row.field);
    key.open(&place, &row.sealed)
        .map_err(|source| VaultError::Open {
            field: row.field.clone(),
            source,
        })
}

pub(super) fn binding<'a>(
    owner: &'a Owner,
    credential: &'a CredentialId,
    field: &'a str,
) -> Binding<'a> {
    Binding {
        owner: vault_owner(owner),
        credential: credential.as_str(),
        field,
    }
}

pub(super) fn vault_owner(owner: &Owner) -> vault::Owner<'_> {
    match owner {
        Owner::Workspace(id) => vault::Owner::Workspace(id.as_str()),
        Owner::User(id) => vault::Owner::User(id.as_str()),
    }
}
