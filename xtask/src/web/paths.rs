//! Paths in panic messages: a page that anyone downloads names no folder of the machine it was built
//! on, and is the same wherever it was built.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::step::root;
use crate::toolchain::TARGET;

/// A setting for cargo that shortens the paths of crates and of this repository.
pub fn remap() -> Result<String> {
    let mut folders = vec![(root(), "talkloom")];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home
        .context("there is no home folder")?
        .join("registry/src");
    for entry in sources.read_dir().into_iter().flatten() {
        folders.push((entry?.path(), "crates"));
    }
    let flags: Vec<_> = folders
        .iter()
        .map(|(folder, name)| flag(folder, name))
        .collect();
    Ok(format!(
        "target.{TARGET}.rustflags = [{}]",
        flags.join(", ")
    ))
}

/// One flag as TOML writes it; paths stand in the kind of quotes that escapes nothing.
fn flag(folder: &Path, name: &str) -> String {
    format!("'--remap-path-prefix={}=/{name}'", folder.display())
}
