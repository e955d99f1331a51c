//! The components that a server comes with: those inside it, or those in the folder that `blocks.dir`
//! names in their place.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use talkloom_manifest::{Manifest, SECTION};
use wasmparser::{Parser, Payload};

use crate::Config;
use crate::assets::Blocks;

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

/// The name of a component's file: its SHA-256, in hex.
pub(crate) fn digest_of(wasm: &[u8]) -> String {
    hex(&Sha256::digest(wasm))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
