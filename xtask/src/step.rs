//! Says what is being done, and how long it took.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use xshell::Shell;

/// The repository's root folder.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// A shell that stands in the repository's root.
pub fn shell() -> Result<Shell> {
    let sh = Shell::new().context("starting in the current folder")?;
    sh.change_dir(root());
    Ok(sh)
}

/// Prints a heading, does the work, prints its time.
///
/// # Errors
/// The work's own, with the heading.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    eprintln!("\n── {title}");
    let done = work().with_context(|| format!("while: {title}"))?;
    eprintln!("   {title}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(done)
}
