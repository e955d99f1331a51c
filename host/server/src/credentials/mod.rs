//! Stored credentials: sealed in the database, opened when a block is called, handed to nothing
//! but the call.
//!
//! Data keys are kept open in memory, as many as fit; secrets are not.

mod add;
mod call;
mod canary;
mod endpoint;
mod error;
mod keys;
mod kinds;
mod lost;
mod open;
mod probe;
mod rotate;
mod tokens;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use quick_cache::sync::Cache;
use talkloom_store::{CredentialId, Store, WorkspaceId};
use talkloom_vault::{DataKey, KeyRing};

pub use add::NewAccount;
pub use call::{Chosen, choose};
pub use error::VaultError;
pub(crate) use keys::parse as parse_keys;
pub use kinds::{Kinds, WEBHOOK_SECRET, WEBHOOK_SECRET_FIELD};
pub use lost::Lost;
pub use probe::Probe;
pub use rotate::Rotated;
pub(crate) use tokens::Sealed;

use crate::{Clock, Config, Entropy};

/// Data keys that are kept open.
const OPEN_KEYS: usize = 1_024;
/// Credentials whose last use is remembered, so that it is noted once an hour.
const NOTED: usize = 4_096;

/// Seals and opens credentials. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    ring: KeyRing,
    made: Option<PathBuf>,
    /// Wiped when they are pushed out.
    open: Cache<String, Arc<DataKey>>,
    /// Credential and workspace → the hour in which its use there was last noted.
    noted: Cache<(CredentialId, Option<WorkspaceId>), i64>,
}

impl Vault {
    /// Finds the master keys, or makes one for a fresh database, and checks that they are the ones
    /// that the database's secrets need.
    pub async fn open(
        config: &Config,
        store: &Store,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<Self> {
        let vault = Self::unchecked(config, store, clock, entropy).await?;
        vault.check_canary(config).await?;
        Ok(vault)
    }

    async fn unchecked(
        config: &Config,
        store: &Store,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<Self> {
        let (ring, made) = keys::load(config, store).await?;
        Ok(Self(Arc::new(Inner {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            ring,
            made,
            open: Cache::new(OPEN_KEYS),
            noted: Cache::new(NOTED),
        })))
    }

    /// The file of a master key that was made just now: whoever keeps a backup needs it too.
    pub fn made_key(&self) -> Option<&Path> {
        self.0.made.as_deref()
    }

    /// The ids of the master keys at hand, the newest first.
    pub fn master_keys(&self) -> impl Iterator<Item = &str> {
        self.0.ring.ids()
    }
}
