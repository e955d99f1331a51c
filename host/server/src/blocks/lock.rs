//! Which version stands behind each block type: for a bot that is published now ([`Lock`]), and for
//! one that was published then ([`Pins`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use talkloom_flow::Flow;
use talkloom_flow::catalog::{BlockSpec, Catalog};
use talkloom_manifest::Manifest;
use talkloom_store::repository::block_state::ACTIVE;
use talkloom_store::{Repositories, Store};

use super::find::{digest_of, manifest};
use super::{Component, find};
use crate::Config;

/// A version as it describes itself.
#[derive(Debug, Clone)]
pub struct Described {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The name of its file.
    pub digest: String,
}

/// The versions that new bots get, without starting a sandbox: the active ones of the database, and
/// those that come with this server where the database does not know them yet.
pub async fn described(config: &Config, store: &Store) -> Result<Vec<Described>> {
    let rows = store.reader().installed_blocks().all().await?;
    let known: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut found = BTreeMap::new();
    for row in rows.iter().filter(|row| row.state == ACTIVE) {
        let manifest = Manifest::parse(row.manifest.as_bytes())
            .with_context(|| format!("The stored manifest of {} cannot be read.", row.name))?;
        let digest = row.id.as_str().to_owned();
        found.insert(row.name.clone(), Described { manifest, digest });
    }
    for described in read(&find(config)?)? {
        if !known.contains(described.digest.as_str()) {
            found.insert(described.manifest.id.clone(), described);
        }
    }
    Ok(found.into_values().collect())
}

fn read(components: &[Component]) -> Result<Vec<Described>> {
    let describe = |component: &Component| {
        let manifest = manifest(component)
            .with_context(|| format!("The block {} cannot be used.", component.name))?;
        let digest = digest_of(&component.wasm);
        Ok(Described { manifest, digest })
    };
    components.iter().map(describe).collect()
}

/// Block type → the version that handles it, exactly.
#[derive(Debug, Clone, Default)]
pub struct Lock(BTreeMap<String, (Arc<BlockSpec>, Pin)>);

impl Lock {
    /// Reads what the components say of themselves; none is run.
    pub fn read(components: &[Component]) -> Result<Self> {
        Ok(Self::of_versions(&read(components)?))
    }

    /// The lock of the versions that new bots get.
    pub async fn installed(config: &Config, store: &Store) -> Result<Self> {
        Ok(Self::of_versions(&described(config, store).await?))
    }

    /// The lock of these versions.
    pub fn of_versions(versions: &[Described]) -> Self {
        let mut lock = BTreeMap::new();
        for Described { manifest, digest } in versions {
            for (block_type, spec) in talkloom_blocks::block_specs(manifest) {
                let pin = Pin {
                    id: manifest.id.clone(),
                    version: manifest.version.clone(),
                    digest: digest.clone(),
                };
                lock.insert(block_type, (spec, pin));
            }
        }
        Self(lock)
    }

    /// The part of the lock that a document needs, as it is stored with a version.
    pub fn of(&self, flow: &Flow) -> Value {
        let groups = flow.document().groups.items();
        let types = groups
            .flat_map(|group| group.blocks.items())
            .map(|block| block.type_name());
        let needed = types.filter_map(|name| Some((name.to_owned(), &self.0.get(name)?.1)));
        let needed: BTreeMap<_, _> = needed.collect();
        serde_json::to_value(needed).unwrap_or_default()
    }

    /// What documents' readers must know of the installed types.
    pub fn catalog(&self) -> Catalog {
        let blocks = self
            .0
            .iter()
            .map(|(name, (spec, _))| (name.clone(), Arc::clone(spec)))
            .collect();
        Catalog { blocks }
    }
}

/// The versions that a bot was published with, by block type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<String, Pin>);

/// A version of a block, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Which block: `publisher/name`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The component's digest.
    pub digest: String,
}

impl Pins {
    /// Reads a stored lock. What cannot be read is left out: the active version stands in.
    pub fn parse(lock: &str) -> Self {
        let entries: BTreeMap<String, Value> = serde_json::from_str(lock).unwrap_or_default();
        let pins = entries.into_iter().filter_map(|(block_type, value)| {
            let pin = serde_json::from_value(value).ok()?;
            Some((block_type, pin))
        });
        Self(pins.collect())
    }

    /// The version behind a block type.
    pub fn get(&self, block_type: &str) -> Option<&Pin> {
        self.0.get(block_type)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Pin)> {
        self.0.iter().map(|(name, pin)| (name.as_str(), pin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_lock_is_read_as_far_as_it_goes() {
        let pins = Pins::parse(
            r#"{"A":{"id":"acme/a","version":"1.0.0","digest":"d"},"B":{"id":"acme/b"},"C":1}"#,
        );
        assert_eq!(pins.get("A").unwrap().digest, "d");
        assert_eq!(pins.iter().count(), 1);
        assert_eq!(Pins::parse("{}"), Pins::default());
        assert_eq!(Pins::parse("no"), Pins::default());
    }
}
