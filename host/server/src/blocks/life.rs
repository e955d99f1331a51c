//! What this process knows of installed blocks, and which version a call goes to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use talkloom_blocks::{Grants, Runtime};
use talkloom_engine::effect::BlockFailure;
use talkloom_flow::catalog::{BlockSpec, Catalog};
use talkloom_manifest::Manifest;
use talkloom_store::repository::block_state::STAGED;
use talkloom_store::{BlockGrant, BlockId, BlockOff, InstalledBlock, WorkspaceId};
use tokio::sync::Mutex;

use super::{Pin, Pins, shelf};
use crate::files::Files;

/// What this process knows of installed blocks. The database has the last word; this follows it.
#[derive(Default)]
pub struct Life {
    view: RwLock<Arc<View>>,
    /// One version is loaded at a time, so that many calls that need it wait for one.
    pub(super) loading: Mutex<()>,
}

/// What the database said last.
#[derive(Default)]
pub(super) struct View {
    /// How much was done to blocks then.
    pub(super) revision: u64,
    pub(super) versions: BTreeMap<String, Known>,
    off: BTreeSet<(String, String)>,
}

/// A version in the database.
pub(super) struct Known {
    pub(super) row: InstalledBlock,
    pub(super) grants: BTreeSet<String>,
    /// None where this release cannot read its manifest.
    specs: Option<BTreeMap<String, Arc<BlockSpec>>>,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// To the active version.
    Active,
    /// To exactly this version, which is loaded.
    Pinned(String),
}

impl View {
    pub(super) fn of(
        revision: u64,
        rows: Vec<InstalledBlock>,
        grants: Vec<BlockGrant>,
        off: Vec<BlockOff>,
    ) -> Self {
        let mut by_block: BTreeMap<BlockId, BTreeSet<String>> = BTreeMap::new();
        for grant in grants {
            let granted = by_block.entry(grant.block_id).or_default();
            granted.insert(grant.permission);
        }
        let known = rows.into_iter().map(|row| {
            let manifest = Manifest::parse(row.manifest.as_bytes()).ok();
            let known = Known {
                grants: by_block.remove(&row.id).unwrap_or_default(),
                specs: manifest.as_ref().map(talkloom_blocks::block_specs),
                row,
            };
            (known.row.id.as_str().to_owned(), known)
        });
        Self {
            revision,
            versions: known.collect(),
            off: off
                .into_iter()
                .map(|off| (off.workspace_id.0, off.name))
                .collect(),
        }
    }

    fn is_off(&self, workspace: &WorkspaceId, name: &str) -> bool {
        !self.off.is_empty() && self.off.contains(&(workspace.0.clone(), name.to_owned()))
    }
}

impl Known {
    pub(super) fn allowed(&self) -> Grants {
        Grants::Only(self.grants.clone())
    }
}

impl Life {
    pub(super) fn view(&self) -> Arc<View> {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&view)
    }

    pub(super) fn replace(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }

    /// The catalog for a bot that was published with these versions; none where they are the active
    /// ones. Its name is made of the versions that differ.
    pub fn catalog(&self, runtime: &Runtime, pins: &Pins) -> Option<(String, Catalog)> {
        let view = self.view();
        let mut differing = None;
        for (block_type, pin) in pins.iter() {
            let Some(specs) = self.pinned_specs(&view, runtime, block_type, pin) else {
                continue;
            };
            if let Some(spec) = specs.get(block_type) {
                let (name, catalog) = differing.get_or_insert_with(|| {
                    let active: &Catalog = &runtime.catalog();
                    (String::new(), active.clone())
                });
                name.push_str(&pin.digest);
                let spec = Arc::clone(spec);
                catalog.blocks.insert(block_type.to_owned(), spec);
            }
        }
        differing
    }

    fn pinned_specs<'v>(
        &self,
        view: &'v View,
        runtime: &Runtime,
        block_type: &str,
        pin: &Pin,
    ) -> Option<&'v BTreeMap<String, Arc<BlockSpec>>> {
        if runtime.is_active(block_type, &pin.digest) {
            return None;
        }
        view.versions.get(&pin.digest)?.specs.as_ref()
    }

    /// Finds the version that a call goes to, and loads it where it is not loaded.
    pub async fn route(
        &self,
        (runtime, files): (&Runtime, &Files),
        workspace: &WorkspaceId,
        pins: &Pins,
        block_type: &str,
    ) -> Result<Route, BlockFailure> {
        let view = self.view();
        let pin = pins.get(block_type);
        let active = runtime.find(block_type, None);
        let name = match (pin, &active) {
            (Some(pin), _) => pin.id.as_str(),
            (None, Some(active)) => active.manifest().id.as_str(),
            // The call itself says that nothing is installed.
            (None, None) => return Ok(Route::Active),
        };
        if view.is_off(workspace, name) {
            return Err(switched_off(name));
        }
        let Some(pin) = pin else {
            return Ok(Route::Active);
        };
        if active
            .as_ref()
            .is_some_and(|one| one.digest() == pin.digest)
        {
            return Ok(Route::Active);
        }
        let Some(known) = view.versions.get(&pin.digest) else {
            // The version is gone, or was never kept: the one that took its place stands in.
            let stands_in = active.is_some_and(|one| one.manifest().id == pin.id);
            return match stands_in {
                true => Ok(Route::Active),
                false => Err(gone(pin)),
            };
        };
        if known.row.state == STAGED {
            return Err(not_granted(pin));
        }
        match self.load(runtime, files, known).await {
            Ok(()) => Ok(Route::Pinned(pin.digest.clone())),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(
                    block = pin.id,
                    version = pin.version,
                    error,
                    "a block that a bot was published with cannot be loaded"
                );
                Err(not_loaded(pin))
            }
        }
    }

    /// Loads a version, unless it is loaded.
    pub(super) async fn load(
        &self,
        runtime: &Runtime,
        files: &Files,
        known: &Known,
    ) -> anyhow::Result<()> {
        let digest = known.row.id.as_str();
        if runtime.loaded(digest).is_some() {
            return Ok(());
        }
        let _turn = self.loading.lock().await;
        if runtime.loaded(digest).is_some() {
            return Ok(());
        }
        let wasm = shelf::read(files, &known.row.id).await?;
        let (runtime, grants) = (runtime.clone(), known.allowed());
        let loading = tokio::task::spawn_blocking(move || runtime.load(wasm, grants));
        loading.await??;
        Ok(())
    }
}

fn failure(code: &str, message: String) -> BlockFailure {
    BlockFailure {
        code: code.to_owned(),
        message,
        details: None,
    }
}

fn switched_off(name: &str) -> BlockFailure {
    let message = format!(
        "The block {name} is switched off in this workspace. An administrator can switch it on."
    );
    failure("switched_off", message)
}

fn gone(pin: &Pin) -> BlockFailure {
    let Pin { id, version, .. } = pin;
    let message = format!(
        "The block {id} ({version}), which this bot was published with, is not installed any more. \
         Ask an administrator to install it, or publish the bot without it."
    );
    failure("not_installed", message)
}

fn not_granted(pin: &Pin) -> BlockFailure {
    let message = format!(
        "The block {} ({}) waits for an administrator to allow what it asks for.",
        pin.id, pin.version
    );
    failure("denied", message)
}

fn not_loaded(pin: &Pin) -> BlockFailure {
    let message = format!(
        "The block {} ({}), which this bot was published with, cannot be loaded. The server's log \
         says why.",
        pin.id, pin.version
    );
    failure("not_loaded", message)
}
