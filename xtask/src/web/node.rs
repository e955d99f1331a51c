//! What comes from npm: fonts and a Markdown parser. Installed from the lock file, once for each state of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Installs the packages of a folder, unless they are there; gives where they are.
pub fn install(folder: &Path) -> Result<PathBuf> {
    let modules = folder.join("node_modules");
    let stamp = modules.join(".installed-from");
    let lock = fs::read_to_string(folder.join("package-lock.json"))
        .with_context(|| format!("reading the lock file in {}", folder.display()))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    println!("Installing the packages of {}", folder.display());
    let status = Command::new("npm")
        .current_dir(folder)
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .status()
        .context("starting npm: install Node.js 20 or newer, which brings it")?;
    ensure!(
        status.success(),
        "npm could not install the packages. The messages above say why."
    );
    fs::write(stamp, lock)?;
    Ok(modules)
}
