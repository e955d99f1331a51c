//! `talkloom backup FILE` and `talkloom restore FILE`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{open_store, print};
use crate::backup::{self, Manifest, Replacing};
use crate::files::Files;
use crate::{Clock, Config, Entropy};

const KEY: &str = "The master key is not in the archive: keep it apart. Without it, sealed \
     credentials cannot be read again.";

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The archive to write; an older one is replaced when the new one is whole.
    file: PathBuf,
    /// Leaves the visitors' files out.
    #[arg(long)]
    without_files: bool,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The archive.
    file: PathBuf,
    /// Deletes what is there. Stop every server first.
    #[arg(long)]
    replace: bool,
    /// Takes the rows alone and leaves files as they are.
    #[arg(long)]
    without_files: bool,
}

pub(super) async fn backup(config: &Config, args: BackupArgs) -> Result<()> {
    let clock = Clock::system();
    let store = open_store(config).await?;
    let files = Files::new(config, &clock, &Entropy::system());
    let files = (!args.without_files).then_some(&files);
    let saved = backup::save(&store, files, &clock, &args.file).await?;
    store.close().await;
    let file = args.file.display();
    print(&format!("{} stand in {file}. {KEY}", counted(&saved)))
}

pub(super) async fn restore(config: &Config, args: RestoreArgs) -> Result<()> {
    let store = open_store(config).await?;
    let files = Files::new(config, &Clock::system(), &Entropy::system());
    let files = (!args.without_files).then_some(&files);
    let replacing = if args.replace {
        Replacing::Everything
    } else {
        Replacing::Nothing
    };
    let (head, restored) = backup::restore(&store, files, &args.file, replacing).await?;
    store.close().await;
    let from = &head.database;
    let counted = counted(&restored);
    print(&format!(
        "{counted} from {from} were restored. Servers need the master key of that installation."
    ))
}

fn counted(manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.values().map(|table| table.count).sum();
    let (tables, files) = (manifest.tables.len(), manifest.files.count);
    format!("{rows} rows of {tables} tables and {files} files")
}
