//! The blocks that a server starts with: found, described, installed.
//!
//! First-party components come with the server, or out of the folder that `blocks.dir` names, and
//! get what their manifests ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use talkloom_blocks::{Grants, Runtime, Settings};
use talkloom_flow::Flow;
use talkloom_flow::catalog::{BlockSpec, Catalog};
use talkloom_manifest::{Manifest, SECTION};
use wasmparser::{Parser, Payload};

use crate::assets::Blocks;
use crate::{Clock, Config};

/// A component's file.
pub struct Component {
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub wasm: Cow<'static, [u8]>,
}

/// Finds the components that the server starts with.
pub fn find(config: &Config) -> Result<Vec<Component>> {
    let dir = &config.blocks.dir;
    if dir.as_os_str().is_empty() {
        return Ok(embedded());
    }
    in_folder(dir)
        .with_context(|| format!("The folder {} of blocks.dir cannot be read.", dir.display()))
}

fn embedded() -> Vec<Component> {
    let mut names: Vec<_> = Blocks::iter()
        .filter(|name| name.ends_with(".wasm"))
        .collect();
    names.sort();
    let load = |name: Cow<'static, str>| {
        Blocks::get(&name).map(|file| Component {
            name: name.into_owned(),
            wasm: file.data,
        })
    };
    names.into_iter().filter_map(load).collect()
}

fn in_folder(dir: &Path) -> std::io::Result<Vec<Component>> {
    let mut components = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            components.push(Component {
                name,
                wasm: std::fs::read(&path)?.into(),
            });
        }
    }
    components.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(components)
}

/// Sets the sandbox up and installs the components, each compiled unless the cache has it.
pub fn start(config: &Config, clock: &Clock, components: Vec<Component>) -> Result<Runtime> {
    let clock = clock.clone();
    let now = Arc::new(move || u64::try_from(clock.now_ms()).unwrap_or_default());
    let mut settings = Settings::new(now);
    settings.cache_dir = Some(config.block_cache());
    settings.egress = config.egress.parse()?;
    let runtime = Runtime::new(settings).context("The sandbox for blocks could not be set up.")?;
    for component in components {
        let name = component.name;
        runtime
            .install(&component.wasm, Grants::Declared)
            .with_context(|| format!("The block {name} cannot be installed."))?;
        tracing::debug!(block = name, "block installed");
    }
    Ok(runtime)
}

/// Block type → the component that handles it, exactly.
#[derive(Debug, Clone, Default)]
pub struct Lock(BTreeMap<String, Locked>);

#[derive(Debug, Clone)]
struct Locked {
    spec: Arc<BlockSpec>,
    id: String,
    version: String,
    digest: String,
}

impl Lock {
    /// Reads what the components say of themselves; none is run.
    pub fn read(components: &[Component]) -> Result<Self> {
        let mut lock = BTreeMap::new();
        for component in components {
            let manifest = manifest(component)
                .with_context(|| format!("The block {} cannot be used.", component.name))?;
            let digest = hex(&Sha256::digest(&component.wasm));
            for (block_type, spec) in talkloom_blocks::block_specs(&manifest) {
                let locked = Locked {
                    spec,
                    id: manifest.id.clone(),
                    version: manifest.version.clone(),
                    digest: digest.clone(),
                };
                lock.insert(block_type, locked);
            }
        }
        Ok(Self(lock))
    }

    /// The part of the lock that a document needs, as it is stored with a version.
    pub fn of(&self, flow: &Flow) -> Value {
        let groups = flow.document().groups.items();
        let types = groups
            .flat_map(|group| group.blocks.items())
            .map(|block| block.type_name());
        let needed = types.filter_map(|name| Some((name, self.0.get(name)?)));
        let entry = |(name, locked): (&str, &Locked)| {
            let value =
                json!({"id": locked.id, "version": locked.version, "digest": locked.digest});
            (name.to_owned(), value)
        };
        Value::Object(needed.map(entry).collect())
    }

    /// What documents' readers must know of the installed types.
    pub fn catalog(&self) -> Catalog {
        let blocks = self
            .0
            .iter()
            .map(|(name, locked)| (name.clone(), Arc::clone(&locked.spec)))
            .collect();
        Catalog { blocks }
    }
}

/// What a component says of itself.
pub(crate) fn manifest(component: &Component) -> Result<Manifest> {
    for payload in Parser::new(0).parse_all(&component.wasm) {
        match payload.context("The file is no WebAssembly component.")? {
            Payload::CustomSection(section) if section.name() == SECTION => {
                return Ok(Manifest::parse(section.data())?);
            }
            _ => {}
        }
    }
    bail!("The file has no manifest. Build it with the block SDK.")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
