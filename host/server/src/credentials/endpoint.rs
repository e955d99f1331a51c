//! What webhook deliveries are signed with: sealed as the secrets of credentials are.

use std::collections::HashMap;

use talkloom_store::{EndpointId, Owner, Repositories, Tx, WebhookEndpoint, WorkspaceId};
use talkloom_vault::{Binding, Secret};

use super::open::vault_owner;
use super::rotate::Rotated;
use super::{Vault, VaultError};

/// The field that an endpoint's secret is bound to.
const FIELD: &str = "webhook signing secret";
/// Keys may be changed between two reads, and then once more.
const ATTEMPTS: usize = 3;
const AT_A_TIME: u64 = 512;

impl Vault {
    /// Seals an endpoint's secret within the transaction that keeps it; gives it with the id of the
    /// key that seals it.
    pub async fn seal_endpoint(
        &self,
        tx: &Tx,
        workspace: &WorkspaceId,
        id: &EndpointId,
        secret: &Secret,
    ) -> Result<(String, String), VaultError> {
        let owner = Owner::Workspace(workspace.clone());
        let key = self.active_key(tx, &owner).await?;
        let sealed = key.seal(&place(&owner, id), secret)?;
        Ok((sealed, key.id().to_owned()))
    }

    /// Opens an endpoint's secret.
    pub async fn open_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<Secret, VaultError> {
        let mut attempt = 0;
        let mut read_anew = None;
        loop {
            attempt += 1;
            let endpoint = read_anew.as_ref().unwrap_or(endpoint);
            match self.try_open_endpoint(endpoint).await {
                Err(VaultError::Gone { .. }) if attempt < ATTEMPTS => {}
                opened => return opened,
            }
            let endpoints = self.0.store.reader().webhook_endpoints();
            read_anew = endpoints.find(&endpoint.workspace_id, &endpoint.id).await?;
        }
    }

    async fn try_open_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<Secret, VaultError> {
        let owner = Owner::Workspace(endpoint.workspace_id.clone());
        let key = self.data_key(&owner, &endpoint.data_key_id).await?;
        key.open(&place(&owner, &endpoint.id), &endpoint.sealed_secret)
            .map_err(|source| VaultError::Open {
                field: FIELD.to_owned(),
                source,
            })
    }

    /// Seals anew what retired keys seal.
    pub(super) async fn reseal_endpoints(&self, rotated: &mut Rotated) -> Result<(), VaultError> {
        let store = &self.0.store;
        let mut after = String::new();
        let mut active = HashMap::new();
        loop {
            let endpoints = store.reader().webhook_endpoints();
            let rows = endpoints.sealed_with_retired(&after, AT_A_TIME).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after.clone_from(&last.id.0);
            let mut resealed = Vec::with_capacity(rows.len());
            for row in rows {
                let owner = Owner::Workspace(row.workspace_id.clone());
                let secret = match self.open_endpoint(&row).await {
                    Err(VaultError::Open { .. }) => {
                        rotated.unreadable.push(format!("webhook {}", row.id));
                        continue;
                    }
                    secret => secret?,
                };
                if !active.contains_key(&owner) {
                    let key = self.current_key(&owner).await?;
                    active.insert(owner.clone(), key);
                }
                let key = &active[&owner];
                let sealed = key.seal(&place(&owner, &row.id), &secret)?;
                resealed.push((row, sealed, key.id().to_owned()));
            }
            let tx = store.begin().await?;
            for (row, sealed, key) in &resealed {
                tx.webhook_endpoints().reseal(row, sealed, key).await?;
            }
            tx.commit().await?;
            rotated.resealed += resealed.len() as u64;
        }
    }
}

fn place<'p>(owner: &'p Owner, id: &'p EndpointId) -> Binding<'p> {
    Binding {
        owner: vault_owner(owner),
        credential: id.as_str(),
        field: FIELD,
    }
}
