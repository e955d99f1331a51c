//! Which components are loaded, and which of them answer to a block type.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use talkloom_flow::catalog::Catalog;
use talkloom_manifest::Interface;

use crate::{InstallError, Installed, catalog};

/// The components in use. It is never changed: a changed copy takes its place.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    /// Every version that can be called, by its digest.
    loaded: BTreeMap<String, Arc<Installed>>,
    /// The active version of each block, by the block's id.
    active: BTreeMap<String, Arc<Installed>>,
    /// The active version behind each block type.
    routes: BTreeMap<String, Arc<Installed>>,
    catalog: Arc<Catalog>,
}

impl Registry {
    /// The version behind a block type: the pinned one, or else the active one.
    pub(crate) fn find(&self, block_type: &str, pin: Option<&str>) -> Option<&Arc<Installed>> {
        match pin {
            Some(digest) => self.loaded.get(digest),
            None => self.routes.get(block_type),
        }
    }

    pub(crate) fn loaded(&self, digest: &str) -> Option<&Arc<Installed>> {
        self.loaded.get(digest)
    }

    pub(crate) fn script(&self) -> Option<&Arc<Installed>> {
        self.active
            .values()
            .find(|one| one.manifest.provides.contains(&Interface::Script))
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The active versions by their ids.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Arc<Installed>> {
        self.active.values()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Installed>> {
        self.loaded.values()
    }

    /// With one more version, or another form of one that is there.
    pub(crate) fn with(&self, installed: &Arc<Installed>) -> Self {
        let mut next = self.clone();
        let (id, digest) = (&installed.manifest.id, &installed.digest);
        next.loaded.insert(digest.clone(), installed.clone());
        if let Some(active) = next.active.get_mut(id).filter(|one| one.digest == *digest) {
            *active = installed.clone();
            next.route();
        }
        next
    }

    /// Whether another block has one of this one's types.
    pub(crate) fn conflict(&self, installed: &Installed) -> Result<(), InstallError> {
        let manifest = &installed.manifest;
        for block in &manifest.blocks {
            if let Some(owner) = self.routes.get(&block.block_type)
                && owner.manifest.id != manifest.id
            {
                return Err(InstallError::Claimed {
                    block_type: block.block_type.clone(),
                    owner: owner.manifest.id.clone(),
                });
            }
        }
        Ok(())
    }

    /// With a version as the active one of its block.
    pub(crate) fn with_active(&self, installed: &Arc<Installed>) -> Self {
        let mut next = self.clone();
        let (id, digest) = (&installed.manifest.id, &installed.digest);
        next.loaded.insert(digest.clone(), installed.clone());
        next.active.insert(id.clone(), installed.clone());
        next.route();
        next
    }

    /// Without an active version of a block; its versions stay loaded.
    pub(crate) fn without_active(&self, id: &str) -> Self {
        let mut next = self.clone();
        next.active.remove(id);
        next.route();
        next
    }

    /// Without a version that is not active.
    pub(crate) fn without(&self, digest: &str) -> Self {
        let mut next = self.clone();
        if !next.active.values().any(|one| one.digest == digest) {
            next.loaded.remove(digest);
        }
        next
    }

    /// Versions that are not active and that nobody called for so long.
    pub(crate) fn idle(&self, since: Duration, now: Instant) -> Vec<String> {
        let is_active = |one: &Installed| {
            self.active.contains_key(&one.manifest.id)
                && self.active[&one.manifest.id].digest == one.digest
        };
        let idle = self.loaded.values().filter(|one| {
            !is_active(one) && now.saturating_duration_since(one.last_used()) >= since
        });
        idle.map(|one| one.digest.clone()).collect()
    }

    fn route(&mut self) {
        self.routes.clear();
        let mut specs = BTreeMap::new();
        for installed in self.active.values() {
            for (block_type, spec) in catalog::block_specs(&installed.manifest) {
                self.routes.insert(block_type.clone(), installed.clone());
                specs.insert(block_type, spec);
            }
        }
        self.catalog = Arc::new(Catalog { blocks: specs });
    }
}
