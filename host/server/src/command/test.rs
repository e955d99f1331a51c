//! `talkloom test DIR`: runs saved conversations; `talkloom test --save ID` makes one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use talkloom_engine::datetime;
use talkloom_store::{Repositories, Store, VersionId, WorkspaceId};

use super::replay::find_recording;
use super::{open_store, print};
use crate::Config;
use crate::blocks::Lock;
use crate::conversation::Recording;
use crate::recorded::{Bots, Outcome, SavedConversation, find, run, save};

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// A folder of saved conversations (*.talk.json), or one of them.
    #[arg(required_unless_present = "save")]
    path: Option<PathBuf>,
    /// Holds them with this bot: a file, or the draft of the bot with this id or public id
    /// [default: the bot that each names].
    #[arg(long, value_name = "BOT", conflicts_with = "save")]
    bot: Option<String>,
    /// Saves the recorded conversation of this result or session instead.
    #[arg(long, value_name = "ID", conflicts_with = "path")]
    save: Option<String>,
    /// Where to save it [default: print it].
    #[arg(long, value_name = "FILE", requires = "save")]
    out: Option<PathBuf>,
}

pub(super) async fn test(config: &Config, args: TestArgs) -> Result<ExitCode> {
    let store = open_store(config).await?;
    let workspace = WorkspaceId::default();
    let code = match (args.save, args.path) {
        (Some(id), _) => {
            let saved = saved(&store, &workspace, &id).await?;
            write(&saved, args.out.as_deref())?;
            ExitCode::SUCCESS
        }
        (None, path) => {
            let bots = Bots {
                store: &store,
                workspace: &workspace,
                catalog: Lock::installed(config, &store).await?.catalog().into(),
            };
            let files = find(&path.unwrap_or_default())?;
            run_all(&bots, &files, args.bot.as_deref()).await?
        }
    };
    store.close().await;
    Ok(code)
}

async fn run_all(bots: &Bots<'_>, files: &[PathBuf], bot: Option<&str>) -> Result<ExitCode> {
    let mut failed = 0;
    for file in files {
        let saved = SavedConversation::read(file)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let outcome = run(bots, &saved, folder, bot).await;
        let outcome =
            outcome.with_context(|| format!("The file {} cannot be run.", file.display()))?;
        match outcome {
            Outcome::Passed { steps } => print(&format!("ok    {} ({steps} steps)", saved.title))?,
            Outcome::Failed { step, lines } => {
                failed += 1;
                print(&format!("FAIL  {} ({})", saved.title, file.display()))?;
                print(&format!(
                    "      Step {step} differs (- expected, + the bot)."
                ))?;
                for line in lines {
                    print(&format!("      {line}"))?;
                }
            }
        }
    }
    print(&summary(files.len(), failed))?;
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn summary(all: usize, failed: usize) -> String {
    let passed = all - failed;
    let conversations = if all == 1 {
        "conversation"
    } else {
        "conversations"
    };
    format!("{all} {conversations}: {passed} as expected, {failed} not.")
}

async fn saved(store: &Store, workspace: &WorkspaceId, id: &str) -> Result<SavedConversation> {
    let recording = find_recording(store, workspace, id).await?;
    let begun = recording.turns.first().map(|turn| turn.taken_at);
    let begun = datetime::iso(begun.unwrap_or_default());
    let day = begun.get(..10).unwrap_or_default();
    let (name, bot) = bot_of(store, workspace, &recording).await?;
    save(&recording, format!("{name}, {day}"), bot)
}

/// The name and the public id of the bot that a conversation was held with.
async fn bot_of(
    store: &Store,
    workspace: &WorkspaceId,
    recording: &Recording,
) -> Result<(String, String)> {
    let reader = store.reader();
    let version = VersionId(recording.version().unwrap_or_default().to_owned());
    let version = reader.versions().find(workspace, &version).await?;
    let bot = match version {
        None => None,
        Some(version) => reader.bots().find(workspace, &version.bot_id).await?,
    };
    let bot = bot.context("The bot that the conversation was held with is gone.")?;
    Ok((bot.name, bot.public_id))
}

fn write(saved: &SavedConversation, out: Option<&Path>) -> Result<()> {
    let json = serde_json::to_string_pretty(saved)?;
    let Some(out) = out else {
        return print(&json);
    };
    std::fs::write(out, json + "\n")
        .with_context(|| format!("The file {} cannot be written.", out.display()))
}
