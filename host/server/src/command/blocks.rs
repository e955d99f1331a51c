//! `talkloom blocks …`: what is installed, what it may do, and what it sent.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use talkloom_blocks::Runtime;
use talkloom_engine::datetime::iso;
use talkloom_store::repository::EgressFilter;
use talkloom_store::repository::block_state::{ACTIVE, STAGED};
use talkloom_store::{BotId, EgressEntry, InstalledBlock, Repositories, Store, WorkspaceId};

use super::{open_store, print};
use crate::blocks::{
    self, Book, Compiling, Described, Sheet, Source, Staged, announce_changes, described, fetch,
};
use crate::files::Files;
use crate::{Clock, Config, Entropy};

#[derive(Debug, Subcommand)]
pub(super) enum BlocksCommand {
    /// Prints every installed version.
    List {
        /// As lines of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints what a block may do, in sentences, and what was done to it.
    Show {
        /// Its name, like acme/hello.
        name: String,
        /// As one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Takes in a block that is not installed yet; it waits until it is granted what it asks for.
    Install(TakeArgs),
    /// Takes in another version of a block. One that may do more waits until that is granted.
    Upgrade(TakeArgs),
    /// Allows a block what it asks for; a version that waited becomes active.
    Grant {
        /// Its name, like acme/hello.
        name: String,
        /// Permissions as `show` names them; none: all that it asks for.
        permissions: Vec<String>,
    },
    /// Takes permissions back, also from older versions; without all of them a block cannot be called.
    Revoke {
        /// Its name, like acme/hello.
        name: String,
        /// Permissions as `show` names them; none: all.
        permissions: Vec<String>,
    },
    /// Goes back to the version that was active before.
    Rollback {
        /// Its name, like acme/hello.
        name: String,
        /// To this version, or the one whose digest begins so.
        #[arg(long)]
        to: Option<String>,
    },
    /// Removes a block with all its versions; refused while bots use it.
    Uninstall {
        /// Its name, like acme/hello.
        name: String,
        /// Only this version.
        #[arg(long = "only", value_name = "VERSION")]
        version: Option<String>,
        /// Also where bots use it: they stay, and say that it is missing.
        #[arg(long)]
        force: bool,
    },
    /// Switches a block on again in a workspace.
    Enable(SwitchArgs),
    /// Switches a block off in a workspace.
    Disable(SwitchArgs),
    /// Prints what blocks sent to where, the newest first, each as one line of JSON.
    Log(LogArgs),
}

#[derive(Debug, Args)]
pub(super) struct TakeArgs {
    /// A file, or an address with https://.
    source: String,
    /// The SHA-256 that the file has to have, in hex.
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
    /// Grants all that it asks for at once.
    #[arg(long)]
    grant: bool,
}

#[derive(Debug, Args)]
pub(super) struct SwitchArgs {
    /// Its name, like acme/hello.
    name: String,
    /// The workspace [default: the first].
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct LogArgs {
    /// Only of a bot.
    #[arg(long, value_name = "ID")]
    bot: Option<String>,
    /// Only of a block, like acme/hello.
    #[arg(long, value_name = "NAME")]
    block: Option<String>,
    /// Only to a host.
    #[arg(long)]
    host: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

pub(super) async fn blocks(config: &Config, command: BlocksCommand) -> Result<()> {
    let store = open_store(config).await?;
    match command {
        BlocksCommand::List { json } => list(config, &store, json).await?,
        BlocksCommand::Show { name, json } => show(config, &store, &name, json).await?,
        BlocksCommand::Log(args) => log(&store, args).await?,
        change => {
            Desk::open(config, store.clone())?.change(change).await?;
            announce_changes(config).await;
        }
    }
    store.close().await;
    Ok(())
}

/// What commands that change something need.
struct Desk {
    store: Store,
    files: Files,
    runtime: Runtime,
    clock: Clock,
}

impl Desk {
    fn open(config: &Config, store: Store) -> Result<Self> {
        let clock = Clock::system();
        Ok(Self {
            files: Files::new(config, &clock, &Entropy::system()),
            runtime: blocks::sandbox(config, &clock, Compiling::InChild)?,
            store,
            clock,
        })
    }

    fn book(&self) -> Book<'_> {
        Book {
            store: &self.store,
            files: &self.files,
            runtime: &self.runtime,
            clock: &self.clock,
            by: None,
        }
    }

    async fn change(&self, command: BlocksCommand) -> Result<()> {
        let book = self.book();
        match command {
            BlocksCommand::Install(args) => {
                let wasm = self.fetch(&args).await?;
                taken(&book, book.install(wasm).await?, args.grant).await
            }
            BlocksCommand::Upgrade(args) => {
                let wasm = self.fetch(&args).await?;
                taken(&book, book.upgrade(wasm).await?, args.grant).await
            }
            BlocksCommand::Grant { name, permissions } => granted(&book, &name, &permissions).await,
            BlocksCommand::Revoke { name, permissions } => {
                book.revoke(&name, &permissions).await?;
                let what = match permissions.as_slice() {
                    [] => "everything: it cannot be called any more".to_owned(),
                    named => named.join(", "),
                };
                print(&format!("Taken back from {name}: {what}."))
            }
            BlocksCommand::Rollback { name, to } => {
                let version = book.rollback(&name, to.as_deref()).await?;
                print(&format!("{name} {} is active again.", version.version))
            }
            BlocksCommand::Uninstall {
                name,
                version,
                force,
            } => {
                let removed = book.uninstall(&name, version.as_deref(), force).await?;
                let versions = if removed == 1 { "version" } else { "versions" };
                print(&format!("Removed {removed} {versions} of {name}."))
            }
            BlocksCommand::Enable(args) => switch(&book, args, true).await,
            BlocksCommand::Disable(args) => switch(&book, args, false).await,
            BlocksCommand::List { .. } | BlocksCommand::Show { .. } | BlocksCommand::Log(_) => {
                Ok(())
            }
        }
    }

    async fn fetch(&self, args: &TakeArgs) -> Result<Vec<u8>> {
        let source = Source::parse(&args.source);
        fetch(&self.runtime, &source, args.sha256.as_deref()).await
    }
}

async fn switch(book: &Book<'_>, args: SwitchArgs, on: bool) -> Result<()> {
    let workspace = args
        .workspace
        .map_or_else(WorkspaceId::default, WorkspaceId);
    book.switch(&args.name, &workspace, on).await?;
    let now = if on { "on" } else { "off" };
    print(&format!(
        "{} is {now} in the workspace {workspace}.",
        args.name
    ))
}

/// Tells of a version that was taken in.
async fn taken(book: &Book<'_>, staged: Staged, grant: bool) -> Result<()> {
    let name = staged.sheet.id.clone();
    print(staged.sheet.to_string().trim_end())?;
    print(&format!("  SHA-256: {}", staged.digest))?;
    if let Some(difference) = &staged.difference {
        print("Against the version before:")?;
        print(difference.to_string().trim_end())?;
    }
    if staged.is_active {
        return print(&format!("{name} {} is active.", staged.sheet.version));
    }
    if grant {
        return granted(book, &name, &[]).await;
    }
    print(&format!(
        "It waits. To allow what it asks for: talkloom blocks grant {name}"
    ))
}

async fn granted(book: &Book<'_>, name: &str, permissions: &[String]) -> Result<()> {
    let (version, granted) = book.grant(name, permissions).await?;
    let granted: Vec<_> = granted.iter().map(String::as_str).collect();
    let granted = match granted.as_slice() {
        [] => "nothing, which is all it asks for".to_owned(),
        named => named.join(", "),
    };
    print(&format!(
        "{name} {} is active. It is granted: {granted}.",
        version.version
    ))
}

async fn list(config: &Config, store: &Store, json: bool) -> Result<()> {
    let rows = store.reader().installed_blocks().all().await?;
    for row in &rows {
        print(&match json {
            true => version_json(row).to_string(),
            false => version_line(row),
        })?;
    }
    // What a server brings along is entered at its first start.
    for Described { manifest, digest } in described(config, store).await? {
        if rows.iter().any(|row| row.id.as_str() == digest) {
            continue;
        }
        print(&match json {
            true => json!({
                "name": manifest.id, "version": manifest.version, "state": "not entered yet",
                "digest": digest, "isFirstParty": true,
            })
            .to_string(),
            false => format!(
                "{:<32} {:<12} comes with the server, which was not started yet",
                manifest.id, manifest.version
            ),
        })?;
    }
    Ok(())
}

fn state(row: &InstalledBlock) -> &str {
    match &row.broken {
        Some(_) => "broken",
        None => &row.state,
    }
}

fn version_line(row: &InstalledBlock) -> String {
    let mut line = format!(
        "{:<32} {:<12} {:<7} {}",
        row.name,
        row.version,
        state(row),
        &row.id.as_str()[..row.id.as_str().len().min(12)]
    );
    if row.is_first_party {
        line.push_str("  comes with the server");
    }
    if let Some(broken) = &row.broken {
        line.push_str("  taken out: ");
        line.push_str(broken);
    }
    line
}

fn version_json(row: &InstalledBlock) -> Value {
    json!({
        "name": row.name,
        "version": row.version,
        "state": state(row),
        "digest": row.id.as_str(),
        "bytes": row.size,
        "isFirstParty": row.is_first_party,
        "broken": row.broken,
        "installedAt": iso(row.installed_at),
        "activatedAt": row.activated_at.map(iso),
    })
}

async fn show(config: &Config, store: &Store, name: &str, json: bool) -> Result<()> {
    let reader = store.reader();
    let blocks = reader.installed_blocks();
    let versions = blocks.of_name(name).await?;
    let current = versions.iter().find(|one| one.state == ACTIVE);
    let staged = versions.iter().rev().find(|one| one.state == STAGED);
    let Some(shown) = staged.or(current).or(versions.last()) else {
        return show_unentered(config, store, name, json).await;
    };
    let granted = blocks.grants(&shown.id).await?;
    let granted: BTreeSet<_> = granted.into_iter().map(|grant| grant.permission).collect();
    let sheet = Sheet::of(&blocks::read(shown)?).granted(&granted);
    let difference = match (staged, current) {
        (Some(_), Some(current)) => Some(sheet.since(&Sheet::of(&blocks::read(current)?))),
        _ => None,
    };
    let events = blocks.events(name, 20).await?;
    if json {
        let mut value = serde_json::to_value(&sheet)?;
        value["versions"] = versions.iter().map(version_json).collect();
        value["difference"] = serde_json::to_value(&difference)?;
        let event = |event: &talkloom_store::BlockEvent| {
            json!({
                "at": iso(event.created_at), "version": event.version, "action": event.action,
                "details": event.details, "user": event.user_id.as_ref().map(|id| id.as_str()),
            })
        };
        value["events"] = events.iter().map(event).collect();
        return print(&value.to_string());
    }
    print(sheet.to_string().trim_end())?;
    if let Some(difference) = difference {
        print("It waits. Against the active version:")?;
        print(difference.to_string().trim_end())?;
    }
    print("Versions:")?;
    for version in &versions {
        print(&format!("  {}", version_line(version)))?;
    }
    print("What was done:")?;
    for event in events {
        let details = event.details.map(|details| format!(" ({details})"));
        print(&format!(
            "  {} {} {}{}",
            iso(event.created_at),
            event.version,
            event.action,
            details.unwrap_or_default()
        ))?;
    }
    Ok(())
}

/// A block that comes with the server, before its first start.
async fn show_unentered(config: &Config, store: &Store, name: &str, json: bool) -> Result<()> {
    let found = described(config, store).await?;
    let found = found.into_iter().find(|one| one.manifest.id == name);
    let unknown = || blocks::BookError::Unknown(name.to_owned());
    let sheet = Sheet::of(&found.with_context(|| unknown().to_string())?.manifest);
    let asked = sheet.asks_for();
    let sheet = sheet.granted(&asked);
    match json {
        true => print(&serde_json::to_string(&sheet)?),
        false => print(sheet.to_string().trim_end()),
    }
}

async fn log(store: &Store, args: LogArgs) -> Result<()> {
    let filter = EgressFilter {
        bot: args.bot.map(BotId),
        block: args.block,
        host: args.host,
        before: None,
        limit: args.limit,
    };
    for entry in store.reader().egress_log().page(&filter).await? {
        print(&entry_json(&entry).to_string())?;
    }
    Ok(())
}

fn entry_json(entry: &EgressEntry) -> Value {
    json!({
        "at": iso(entry.sent_at),
        "workspace": entry.workspace_id.as_str(),
        "bot": entry.bot_id.as_str(),
        "block": entry.block,
        "version": entry.version,
        "credential": entry.credential_id,
        "method": entry.method,
        "host": entry.host,
        "bytesOut": entry.bytes_out,
        "bytesIn": entry.bytes_in,
        "status": entry.status,
        "refused": entry.refused,
    })
}
