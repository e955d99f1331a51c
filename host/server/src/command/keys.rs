//! `talkloom keys …`: the keys that credentials are sealed with.

use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::json;
use talkloom_store::Repositories;
use talkloom_vault::MasterKey;

use super::{open_store, print};
use crate::credentials::Vault;
use crate::{Clock, Config, Entropy};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Prints the master keys, each as one line of JSON: its id and how many data keys it wraps;
    /// never the keys themselves.
    Show,
    /// Prints a fresh master key.
    New,
    /// Wraps all data keys with the newest master key. Servers may run meanwhile.
    Rotate {
        /// Also draws new data keys and seals every secret anew.
        #[arg(long)]
        data_keys: bool,
    },
}

pub(super) async fn keys(config: &Config, command: KeysCommand) -> Result<()> {
    match command {
        KeysCommand::New => print(MasterKey::draw()?.expose()),
        KeysCommand::Show => show(config).await,
        KeysCommand::Rotate { data_keys } => rotate(config, data_keys).await,
    }
}

async fn show(config: &Config) -> Result<()> {
    let store = open_store(config).await?;
    let vault = Vault::open(config, &store, &Clock::system(), &Entropy::system()).await?;
    let wrapping = store.reader().data_keys().master_keys().await?;
    store.close().await;
    for (place, id) in vault.master_keys().enumerate() {
        let wraps = wrapping.iter().find(|(used, _)| used == id);
        let wraps = wraps.map_or(0, |(_, wraps)| *wraps);
        print(&json!({"id": id, "newest": place == 0, "wraps": wraps}).to_string())?;
    }
    Ok(())
}

async fn rotate(config: &Config, data_keys: bool) -> Result<()> {
    let store = open_store(config).await?;
    let vault = Vault::open(config, &store, &Clock::system(), &Entropy::system()).await?;
    let rotated = vault.rotate(data_keys).await?;
    store.close().await;
    let line = json!({
        "wrapped": rotated.wrapped,
        "drawn": rotated.drawn,
        "resealed": rotated.resealed,
        "deleted": rotated.deleted,
        "unreadable": rotated.unreadable,
    });
    print(&line.to_string())?;
    if !rotated.unreadable.is_empty() {
        bail!(
            "{} secrets do not open and were left as they are. Enter these credentials anew.",
            rotated.unreadable.len()
        );
    }
    Ok(())
}
