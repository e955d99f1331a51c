//! What can be said of a credential without asking its service: that it opens, that its fields are
//! there, and that the hosts which its secrets go to can be found.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use talkloom_blocks as blocks;
use talkloom_blocks::{AddressClass, Egress, Resolve, SystemResolver, classify};
use talkloom_manifest::CredentialType;
use talkloom_store::{Credential, Owner};

use super::open::owner_of;
use super::{Vault, VaultError};

/// How long a name may take to be looked up.
const LOOKING_UP: Duration = Duration::from_secs(5);

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// What is well, as sentences.
    pub well: Vec<String>,
    /// What is not, and what to do.
    pub wrong: Vec<String>,
}

impl Vault {
    /// Looks at a credential of a kind; its service is not asked.
    pub async fn probe(
        &self,
        credential: Credential,
        declared: Option<&CredentialType>,
        egress: &Egress,
    ) -> Result<Probe, VaultError> {
        let mut probe = Probe::default();
        let owner = owner_of(&credential)?;
        let (id, kind) = (credential.id.clone(), credential.kind.clone());
        let opened = match self.open_quietly(&owner, credential).await {
            Err(VaultError::Store(error)) => return Err(error.into()),
            Err(error) => {
                let told = format!("It does not open ({error}). Remove it and enter it anew.");
                probe.wrong.push(told);
                return Ok(probe);
            }
            Ok(opened) => opened,
        };
        let workspace = match &owner {
            Owner::Workspace(workspace) => Some(workspace),
            Owner::User(_) => None,
        };
        self.note(&owner, &id, workspace).await?;
        probe.well.push("It opens.".to_owned());
        match declared {
            Some(declared) => {
                fields(&mut probe, declared, &opened);
                hosts(&mut probe, declared, &opened, egress).await;
            }
            None => probe.wrong.push(format!(
                "No installed block uses credentials of the kind “{kind}”. Install one, or remove \
                 the credential."
            )),
        }
        Ok(probe)
    }
}

fn fields(probe: &mut Probe, declared: &CredentialType, opened: &blocks::Credential) {
    let is_filled = |name: &str| {
        let secret = opened.secrets.get(name);
        let secret = secret.is_some_and(|secret| !secret.expose().trim().is_empty());
        let field = opened.fields.get(name);
        secret || field.is_some_and(|value| !value.trim().is_empty())
    };
    let required = declared.fields.iter();
    let required = required.filter(|field| field.required && field.default.is_none());
    let mut missing = required.filter(|field| !is_filled(&field.name)).peekable();
    if missing.peek().is_none() {
        probe
            .well
            .push("Every field that it needs is filled in.".to_owned());
    }
    for field in missing {
        probe.wrong.push(format!(
            "The field “{}” ({}) is empty. Remove the credential and enter it anew.",
            field.name, field.label
        ));
    }
}

async fn hosts(
    probe: &mut Probe,
    declared: &CredentialType,
    opened: &blocks::Credential,
    egress: &Egress,
) {
    let patterns: BTreeSet<_> = declared
        .injections
        .iter()
        .flat_map(|injection| &injection.hosts)
        .collect();
    for pattern in patterns {
        if let Some(parent) = pattern.strip_prefix("*.") {
            let told = format!("Any host below {parent} gets its secrets; none was looked up.");
            probe.well.push(told);
            continue;
        }
        let Some(host) = host(pattern, declared, &opened.fields) else {
            let told =
                format!("The field in {pattern} holds no address: no host gets its secrets.");
            probe.wrong.push(told);
            continue;
        };
        match look_up(&host, egress).await {
            Ok(()) => probe.well.push(format!("{host} can be found.")),
            Err(told) => probe.wrong.push(told),
        }
    }
}

/// The host that a pattern names: itself, or that of the address in a field.
fn host(
    pattern: &str,
    declared: &CredentialType,
    fields: &BTreeMap<String, String>,
) -> Option<String> {
    let field = pattern.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
    let Some(name) = field else {
        return Some(pattern.to_owned());
    };
    let default = || declared.field(name)?.default.clone();
    let address = fields.get(name).cloned().or_else(default)?;
    let address = match address.contains("://") {
        true => address,
        false => format!("https://{address}"),
    };
    let uri: axum::http::Uri = address.parse().ok()?;
    uri.host().map(str::to_owned)
}

async fn look_up(host: &str, egress: &Egress) -> Result<(), String> {
    let bare = host.trim_matches(['[', ']']);
    let found = match bare.parse() {
        Ok(address) => vec![address],
        Err(_) => {
            let looking = tokio::time::timeout(LOOKING_UP, SystemResolver.resolve(bare)).await;
            looking.ok().and_then(Result::ok).unwrap_or_default()
        }
    };
    if found.is_empty() {
        return Err(format!(
            "{host} cannot be found. Check its name and this machine's DNS."
        ));
    }
    let is_reachable = |address| {
        let class = classify(address);
        class == AddressClass::Public
            || egress.allow.iter().any(|allowed| allowed.ip() == address)
            || (class == AddressClass::Private
                && egress
                    .private_ranges
                    .iter()
                    .any(|range| range.contains(&address)))
    };
    match found.into_iter().all(is_reachable) {
        true => Ok(()),
        false => Err(format!(
            "{host} has an address that is not public, which blocks do not reach. If that is meant, \
             permit it in egress.allow or egress.private_ranges."
        )),
    }
}
