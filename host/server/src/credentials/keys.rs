//! Where the master keys come from: the operator, or a file in the data folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use talkloom_store::{Repositories, Store};
use talkloom_vault::{KeyRing, MasterKey};
use zeroize::Zeroizing;

use crate::Config;

/// The file in the data folder.
const FILE: &str = "master.key";

/// The file that holds the master keys where the operator gives none.
pub(super) fn file(config: &Config) -> PathBuf {
    config.data.join(FILE)
}

/// The keys, and the file if it was made just now. None is made for a database that knows one.
pub(super) async fn load(config: &Config, store: &Store) -> Result<(KeyRing, Option<PathBuf>)> {
    let given = &config.keys.master_key;
    if !given.is_empty() {
        return Ok((parse(given)?, None));
    }
    let path = file(config);
    if let Some(ring) = read(&path)? {
        return Ok((ring, None));
    }
    if let Some(canary) = store.reader().data_keys().canary().await? {
        bail!(
            "The master key is missing: this database's secrets were sealed with the key {}. Put \
             the file {} back, or set TALKLOOM_MASTER_KEY.",
            canary.master_key_id,
            path.display()
        );
    }
    make(&config.data, &path)
        .with_context(|| format!("The master key {} cannot be made.", path.display()))?;
    let ring = read(&path)?.context("The master key was made and is gone.")?;
    Ok((ring, Some(path)))
}

/// Reads the keys of the configuration.
pub(crate) fn parse(given: &str) -> Result<KeyRing> {
    KeyRing::parse(given).map_err(|error| {
        anyhow::anyhow!(
            "keys.master_key (TALKLOOM_MASTER_KEY) cannot be used: {error}. talkloom keys new \
             prints a fresh one."
        )
    })
}

fn read(path: &Path) -> Result<Option<KeyRing>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error)
                .with_context(|| format!("The master key {} cannot be read.", path.display()));
        }
    };
    refuse_if_shared(path)?;
    let ring = KeyRing::parse(&text).map_err(|error| {
        anyhow::anyhow!(
            "The file {} cannot be used: {error}. Put the right one back from a backup.",
            path.display()
        )
    })?;
    Ok(Some(ring))
}

#[cfg(unix)]
fn refuse_if_shared(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!(
            "Others on this machine can read the master key {path}. Run: chmod 600 {path}",
            path = path.display()
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_if_shared(_: &Path) -> Result<()> {
    Ok(())
}

/// Readable by the server alone, and on the disk before anything is sealed with it. Another process
/// may make it at the same moment: the first counts.
fn make(data: &Path, path: &Path) -> Result<()> {
    let key = MasterKey::draw()?;
    std::fs::create_dir_all(data)?;
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    writeln!(file, "{}", key.expose())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error.error.into())
        }
        _ => {
            #[cfg(unix)]
            std::fs::File::open(data)?.sync_all()?;
            Ok(())
        }
    }
}
