//! `talkloom import FILE`: takes a bot's file in, also while a server runs on the same data.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use talkloom_flow::Diagnostic;
use talkloom_store::WorkspaceId;

use super::open_store;
use crate::blocks::Lock;
use crate::bots::{ImportOptions, Importer};
use crate::{Clock, Config, Entropy};

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file: a bot exported as JSON.
    file: PathBuf,
    /// Lets visitors talk to it at once.
    #[arg(long)]
    publish: bool,
    /// The bot's name in its address. A bot that has it already gets the file as its new draft.
    #[arg(long, value_name = "ID")]
    public_id: Option<String>,
}

pub(super) async fn import(config: &Config, args: ImportArgs) -> Result<()> {
    let file = std::fs::read_to_string(&args.file)
        .with_context(|| format!("The file {} cannot be read.", args.file.display()))?;
    let store = open_store(config).await?;
    let lock = Lock::installed(config, &store).await?;
    let importer = Importer {
        store: &store,
        clock: &Clock::system(),
        entropy: &Entropy::system(),
        lock: &lock,
    };
    let options = ImportOptions {
        publish: args.publish,
        public_id: args.public_id.as_deref(),
    };
    let imported = importer
        .import(&WorkspaceId::default(), &file, options)
        .await?;
    store.close().await;
    let diagnostics: Vec<_> = imported.diagnostics.iter().map(diagnostic).collect();
    let line = json!({
        "id": imported.id.as_str(),
        "publicId": imported.public_id,
        "diagnostics": diagnostics,
    });
    println!("{line}");
    Ok(())
}

fn diagnostic(diagnostic: &Diagnostic) -> Value {
    json!({
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "group": diagnostic.group,
        "block": diagnostic.block,
        "field": diagnostic.field,
    })
}
