//! Installed components, and why one is refused.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use talkloom_manifest::{Interface, Manifest, ManifestError, PermissionKind};
use tokio::sync::Semaphore;
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::Failure;
use crate::bindings::exports::talkloom::block::{
    actions, choices, inputs, migrate, script, webhooks,
};
use crate::breaker::Breaker;
use crate::egress::{Client, HostGrant};
use crate::schema::Schemas;
use crate::state::CallState;

/// What the operator allows a component to do; nothing that its manifest does not ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Everything that its manifest asks for: first-party blocks.
    Declared,
    /// These permissions, by their names: `scripts`, `network:api.example.com`, as
    /// [`grant_names`] gives them; `network` alone is every host that the manifest names.
    Only(BTreeSet<String>),
}

impl Grants {
    /// The part of a permission that is granted.
    fn of(&self, kind: &PermissionKind) -> Option<PermissionKind> {
        let Self::Only(names) = self else {
            return Some(kind.clone());
        };
        let name = permission_name(kind);
        match kind {
            _ if names.contains(name) => Some(kind.clone()),
            PermissionKind::Network { hosts } => {
                let is_granted = |host: &&String| names.contains(&format!("{name}:{host}"));
                let hosts: Vec<_> = hosts.iter().filter(is_granted).cloned().collect();
                (!hosts.is_empty()).then_some(PermissionKind::Network { hosts })
            }
            _ => None,
        }
    }
}

/// The names by which an operator grants a permission: one for each host, else one.
pub fn grant_names(kind: &PermissionKind) -> Vec<String> {
    let name = permission_name(kind);
    match kind {
        PermissionKind::Network { hosts } => {
            hosts.iter().map(|host| format!("{name}:{host}")).collect()
        }
        _ => vec![name.to_owned()],
    }
}

/// A permission's name in manifests.
pub(crate) fn permission_name(kind: &PermissionKind) -> &'static str {
    match kind {
        PermissionKind::Network { .. } => "network",
        PermissionKind::OptionHosts => "optionHosts",
        PermissionKind::Submission => "submission",
        PermissionKind::Scripts => "scripts",
        PermissionKind::State => "state",
        PermissionKind::Files => "files",
        PermissionKind::Mail => "mail",
        PermissionKind::Hmac => "hmac",
        PermissionKind::SignJwt => "signJwt",
        PermissionKind::CompareSecret => "compareSecret",
        PermissionKind::Reveal => "reveal",
    }
}

/// Why a component cannot be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The file is not what it must be.
    #[error("{0}")]
    Refused(String),
    /// The file is no valid component.
    #[error("The file is not a valid WebAssembly component: {0}.")]
    Malformed(String),
    /// Its manifest is not valid.
    #[error("The block's manifest is not valid: {0}.")]
    Manifest(#[source] ManifestError),
    /// A function has another shape than the contract says.
    #[error("The file does not fit this host's contract: {0}.")]
    Mismatch(String),
    /// The code cannot be compiled.
    #[error("The block cannot be compiled: {0}.")]
    Compile(String),
    /// Its start code fails.
    #[error("The block does not start. {0}")]
    Start(#[source] Failure),
    /// Another installed component claims one of its block types.
    #[error("The block type “{block_type}” belongs to {owner} already. Uninstall that first.")]
    Claimed {
        /// The type.
        block_type: String,
        /// The other component's id.
        owner: String,
    },
}

/// A component that is ready to be called.
pub struct Installed {
    pub(crate) digest: String,
    pub(crate) manifest: Manifest,
    pub(crate) granted: Vec<PermissionKind>,
    pub(crate) hosts: Arc<HostGrant>,
    pub(crate) instances: InstancePre<CallState>,
    pub(crate) entries: Arc<Entries>,
    pub(crate) schemas: Arc<Schemas>,
    pub(crate) client: Client,
    pub(crate) turns: Arc<Semaphore>,
    pub(crate) breaker: Arc<Breaker>,
    /// Whether its calls usually end within a tick.
    pub(crate) brief: AtomicBool,
    pub(crate) used: Mutex<Instant>,
}

/// Where the interfaces are that the component exports.
pub(crate) struct Entries {
    pub actions: Option<actions::GuestIndices>,
    pub inputs: Option<inputs::GuestIndices>,
    pub choices: Option<choices::GuestIndices>,
    pub webhooks: Option<webhooks::GuestIndices>,
    pub migrate: Option<migrate::GuestIndices>,
    pub script: Option<script::GuestIndices>,
}

impl Entries {
    pub(crate) fn find(
        instances: &InstancePre<CallState>,
        exports: &BTreeSet<Interface>,
    ) -> wasmtime::Result<Self> {
        macro_rules! find {
            ($interface:ident, $module:ident) => {
                exports
                    .contains(&Interface::$interface)
                    .then(|| $module::GuestIndices::new(instances))
                    .transpose()?
            };
        }
        Ok(Self {
            actions: find!(Actions, actions),
            inputs: find!(Inputs, inputs),
            choices: find!(Choices, choices),
            webhooks: find!(Webhooks, webhooks),
            migrate: find!(Migrate, migrate),
            script: find!(Script, script),
        })
    }

    /// Looks every function up in an instance, without calling any.
    pub(crate) fn load_all(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<()> {
        macro_rules! load {
            ($($entry:ident),*) => {
                $(if let Some(entry) = &self.$entry {
                    entry.load(&mut *store, instance)?;
                })*
            };
        }
        load!(actions, inputs, choices, webhooks, migrate, script);
        Ok(())
    }
}

impl Installed {
    /// The SHA-256 of the component's file, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What the component says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether its calls only broke, so that it is not called for a while.
    pub fn is_taken_out(&self) -> bool {
        self.breaker.is_out()
    }

    /// The same version with other grants: calls in flight keep those that they began with.
    pub(crate) fn with_grants(&self, grants: &Grants) -> Self {
        let granted = effective(&self.manifest, grants);
        Self {
            digest: self.digest.clone(),
            manifest: self.manifest.clone(),
            hosts: Arc::new(HostGrant::new(&granted)),
            granted,
            instances: self.instances.clone(),
            entries: Arc::clone(&self.entries),
            schemas: Arc::clone(&self.schemas),
            client: self.client.clone(),
            turns: Arc::clone(&self.turns),
            breaker: Arc::clone(&self.breaker),
            brief: AtomicBool::new(self.brief.load(Ordering::Relaxed)),
            used: Mutex::new(self.last_used()),
        }
    }

    /// When it was last called, or loaded.
    pub(crate) fn last_used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn touch(&self, now: Instant) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Whether the operator allows this, and the manifest asks for it.
    pub(crate) fn may(&self, kind: &PermissionKind) -> bool {
        self.granted.contains(kind)
    }
}

/// What a component may do: declared and granted.
pub(crate) fn effective(manifest: &Manifest, grants: &Grants) -> Vec<PermissionKind> {
    let declared = manifest.permissions.iter().map(|p| &p.kind);
    declared.filter_map(|kind| grants.of(kind)).collect()
}

impl fmt::Debug for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installed")
            .field("id", &self.manifest.id)
            .field("version", &self.manifest.version)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
