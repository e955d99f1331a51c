//! `talkloom export-results BOT`: writes a bot's results to a file of this machine, at once.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use talkloom_store::{Store, WorkspaceId};
use tempfile::NamedTempFile;

use super::{open_store, print};
use crate::jobs::kinds::{Export, ExportFormat};
use crate::{Config, bots};

#[derive(Debug, Args)]
pub(super) struct ExportResultsArgs {
    /// The bot's id or public id.
    bot: String,
    /// What is written: a table or a list of objects.
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    format: ExportFormat,
    /// The file to write. One that is there is replaced once all is written.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) async fn export_results(config: &Config, args: ExportResultsArgs) -> Result<()> {
    let store = open_store(config).await?;
    let results = write(&store, &args).await?;
    store.close().await;
    let line = json!({ "file": args.out, "results": results });
    print(&line.to_string())
}

async fn write(store: &Store, args: &ExportResultsArgs) -> Result<u64> {
    let Some(bot) = bots::find(store, &WorkspaceId::default(), &args.bot).await? else {
        bail!(
            "There is no bot “{}”. Give its id or its public id.",
            args.bot
        );
    };
    let (flow, _) = talkloom_flow::open(&bot.document)
        .with_context(|| format!("The stored bot “{}” cannot be opened.", args.bot))?;
    let mut export = Export::begin(store.reader(), &bot, flow.document(), args.format).await?;
    let unwritable = || format!("The file {} cannot be written.", args.out.display());
    let folder = args
        .out
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let file = NamedTempFile::new_in(folder.unwrap_or(".".as_ref()));
    let mut file = file.with_context(unwritable)?;
    while let Some(part) = export.next().await? {
        file.write_all(&part).with_context(unwritable)?;
    }
    file.as_file().sync_all().with_context(unwritable)?;
    file.persist(&args.out).with_context(unwritable)?;
    Ok(export.done())
}
