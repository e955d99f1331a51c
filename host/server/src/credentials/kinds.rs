//! The credential types that installed blocks declare.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use talkloom_manifest::{CredentialField, CredentialType};
use talkloom_vault::Secret;

use super::NewAccount;
use crate::blocks::Described;

/// The host's own kind: what the requests to a listener's address are signed with.
pub const WEBHOOK_SECRET: &str = "webhook-secret";
/// Its field.
pub const WEBHOOK_SECRET_FIELD: &str = "secret";

/// The credential types of installed blocks and of the host, by their kinds.
#[derive(Debug, Clone, Default)]
pub struct Kinds(BTreeMap<String, CredentialType>);

impl Kinds {
    /// The credential types of these versions of blocks, and the host's own.
    pub fn of(versions: &[Described]) -> Self {
        let declared = versions.iter().flat_map(|one| &one.manifest.credentials);
        let declared = declared.cloned().chain([webhook_secret()]);
        Self(declared.map(|kind| (kind.kind.clone(), kind)).collect())
    }

    /// What blocks declare of a kind.
    pub fn get(&self, kind: &str) -> Option<&CredentialType> {
        self.0.get(kind)
    }

    /// Sorts what someone filled in into secrets and others, and refuses what does not fit.
    pub fn account(
        &self,
        kind: &str,
        name: String,
        account: Option<String>,
        mut filled: BTreeMap<String, Secret>,
    ) -> Result<NewAccount> {
        let declared = self.0.get(kind).with_context(|| {
            let known = listed(self.0.keys());
            format!("Nothing uses credentials of the kind “{kind}”. There are: {known}.")
        })?;
        if declared.oauth2.is_some() && !declared.fields.iter().any(|field| field.secret) {
            bail!(
                "Accounts of the kind “{kind}” are connected by signing in: talkloom credential \
                 connect {kind}."
            );
        }
        let (mut fields, mut secrets) = (BTreeMap::new(), BTreeMap::new());
        for field in &declared.fields {
            let value = filled.remove(&field.name);
            let value = value.filter(|value| !value.expose().trim().is_empty());
            match value {
                None if field.required && field.default.is_none() => bail!(
                    "The field “{}” ({}) is missing. Give it on the standard input.",
                    field.name,
                    field.label
                ),
                None => {}
                Some(value) if field.secret => {
                    secrets.insert(field.name.clone(), value);
                }
                Some(value) => {
                    fields.insert(field.name.clone(), value.expose().to_owned());
                }
            }
        }
        if !filled.is_empty() {
            // What stands before a = may be half a secret: the unknown name is not told.
            let known = listed(declared.fields.iter().map(|field| &field.name));
            bail!("A field is none of the kind “{kind}”, which has: {known}.");
        }
        Ok(NewAccount {
            kind: kind.to_owned(),
            name,
            account,
            fields,
            secrets,
        })
    }
}

fn webhook_secret() -> CredentialType {
    CredentialType {
        kind: WEBHOOK_SECRET.to_owned(),
        name: "Webhook secret".to_owned(),
        help: Some("What a service signs its requests to a webhook listener with.".to_owned()),
        fields: vec![CredentialField {
            name: WEBHOOK_SECRET_FIELD.to_owned(),
            label: "Secret".to_owned(),
            help: Some(
                "As the service shows it. While a Standard Webhooks secret is changed, both, with \
                 a space between them."
                    .to_owned(),
            ),
            placeholder: Some("whsec_…".to_owned()),
            default: None,
            secret: true,
            required: true,
        }],
        injections: Vec::new(),
        oauth2: None,
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<_> = names.map(String::as_str).collect();
    names.join(", ")
}
