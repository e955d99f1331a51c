//! Where programs stand: on the PATH, or where Debian puts PostgreSQL's.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// The first of `names` that stands on the PATH.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    })
}

/// A program of PostgreSQL; the newest where several versions are installed.
///
/// # Errors
/// Names the package where it is missing.
pub fn postgres(name: &str) -> Result<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    versions.sort_by_key(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse::<u32>().ok())
    });
    let newest = versions.pop().map(|path| path.join("bin").join(name));
    newest
        .filter(|file| file.is_file())
        .or_else(|| on_path(&[name]))
        .with_context(|| {
            format!("PostgreSQL's {name} is missing: on Debian, apt-get install postgresql")
        })
}

/// Redis, or Valkey, which speaks the same protocol.
///
/// # Errors
/// Names the package where it is missing.
pub fn redis() -> Result<PathBuf> {
    on_path(&["redis-server", "valkey-server"])
        .context("redis-server is missing: on Debian, apt-get install redis-server")
}
