//! The master key: there, read by nobody else, and the one that this database was sealed with.

use std::path::Path;

use super::{Health, Told, broken, is_ready};
use crate::command::open_store;
use crate::credentials::Vault;
use crate::{Clock, Config, Entropy};

pub(super) async fn check(config: &Config) -> Told {
    let file = config.data.join("master.key");
    let from_file = config.keys.master_key.is_empty();
    if from_file && file.exists() && is_open_to_others(&file) {
        return Err(format!(
            "Others can read {0}. Run chmod 600 {0}, and talkloom keys rotate if they may have.",
            file.display()
        ));
    }
    // Opening the vault makes a key, and the store a schema, where there is none: that is left to
    // the server.
    let is_ready = is_ready(config).await;
    if from_file && !file.exists() && !is_ready {
        let told = "There is no master key yet: talkloom serve makes one.";
        return Ok((Health::Warning, told.into()));
    }
    if !is_ready {
        let told = "The key is there; the database is not ready to be tried with it.";
        return Ok((Health::Warning, told.into()));
    }
    if from_file && !file.exists() {
        return Err(format!(
            "There is a database, but no master key. Put {} back, or set TALKLOOM_MASTER_KEY.",
            file.display()
        ));
    }
    let opened = open(config).await;
    opened.map_err(|error| broken("The master key does not open what was sealed:", error))?;
    let place = if from_file {
        file.display().to_string()
    } else {
        "keys.master_key".into()
    };
    Ok((
        Health::Ok,
        format!("The key of {place} opens what was sealed."),
    ))
}

async fn open(config: &Config) -> anyhow::Result<()> {
    let store = open_store(config).await?;
    let opened = Vault::open(config, &store, &Clock::system(), &Entropy::system()).await;
    store.close().await;
    opened.map(drop)
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
