//! Builds the first-party blocks: crate → core module → component with its manifest.
//!
//! A crate's manifest is its `manifest.json`, or else what the core module's function
//! `talkloom:manifest` gives, run once in an interpreter; that function is then taken out.

mod describe;
mod encode;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use talkloom_manifest::Manifest;
use xshell::Shell;

use crate::step::root;
use crate::toolchain::{TARGET, WasmToolchain};

/// A crate in `plugins/`.
struct Plugin {
    /// The folder's name, which is also the component's file name.
    name: String,
    folder: PathBuf,
    package: String,
}

/// Builds every crate of `plugins/` to `target/assets/blocks/NAME.wasm` and gives the files; beside
/// them `sdk/sample` to `target/test-blocks`, for tests. A file that would not change is left alone.
///
/// # Errors
/// When the compiler is missing and cannot be got, or a crate does not build or describe itself.
pub fn build(sh: &Shell) -> Result<Vec<PathBuf>> {
    let plugins = plugins(&root().join("plugins"))?;
    let sample = plugin(root().join("sdk/sample"))?.context("sdk/sample is gone")?;
    let toolchain = WasmToolchain::find(sh)?;
    let mut cargo = toolchain.build(sh, "wasm").quiet();
    for plugin in plugins.iter().chain([&sample]) {
        cargo = cargo.args(["-p", &plugin.package]);
    }
    cargo.run()?;

    let target = root().join("target");
    write(&sample, &target.join("test-blocks"))?;
    let assets = target.join("assets/blocks");
    plugins
        .iter()
        .map(|plugin| write(plugin, &assets))
        .collect()
}

/// Makes a component of a crate that was built; gives its file in the folder.
fn write(plugin: &Plugin, folder: &Path) -> Result<PathBuf> {
    let file = plugin.package.replace('-', "_") + ".wasm";
    let core = root().join("target").join(TARGET).join("wasm").join(file);
    let component = component(plugin, &core)
        .with_context(|| format!("making a component of {}", plugin.folder.display()))?;
    fs::create_dir_all(folder)?;
    let file = folder.join(&plugin.name).with_extension("wasm");
    if fs::read(&file).ok().as_ref() != Some(&component) {
        fs::write(&file, &component)?;
    }
    eprintln!("   {}: {} KiB", plugin.name, component.len() / 1024);
    Ok(file)
}

fn plugins(folder: &Path) -> Result<Vec<Plugin>> {
    let mut plugins = Vec::new();
    for entry in fs::read_dir(folder)? {
        plugins.extend(plugin(entry?.path())?);
    }
    plugins.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(plugins)
}

/// The crate in a folder; none where there is none.
fn plugin(folder: PathBuf) -> Result<Option<Plugin>> {
    let Ok(cargo_toml) = fs::read_to_string(folder.join("Cargo.toml")) else {
        return Ok(None);
    };
    let package = cargo_toml
        .lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .with_context(|| format!("{} names no package", folder.display()))?
        .to_owned();
    let name = folder.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    Ok(Some(Plugin {
        name,
        folder,
        package,
    }))
}

fn component(plugin: &Plugin, core: &Path) -> Result<Vec<u8>> {
    let core = fs::read(core).with_context(|| format!("reading {}", core.display()))?;
    let written = plugin.folder.join("manifest.json");
    let (core, manifest) = if written.exists() {
        (core, Manifest::parse(&fs::read(written)?)?)
    } else {
        let manifest = describe::run(&core)?;
        (describe::remove(&core, &manifest)?, manifest)
    };
    encode::component(&core, &manifest)
}
