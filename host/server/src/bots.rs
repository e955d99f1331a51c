//! Bots come in as files, go live as versions, and go out as files again.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use regress::Regex;
use serde_json::Value;
use talkloom_flow::import::{ImportRules, sanitize};
use talkloom_flow::{Diagnostic, Flow};
use talkloom_store::repository::{Draft, NewBot, NewVersion};
use talkloom_store::{Bot, BotId, Owner, Repositories, Store, Tx, VersionId, WorkspaceId};

use crate::webhooks::{self, Event};
use crate::{Clock, Entropy};

/// What is to become of a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions<'o> {
    /// Visitors talk to it at once.
    pub publish: bool,
    /// Its name in addresses; a bot that has it already gets the file as its new draft.
    pub public_id: Option<&'o str>,
}

/// A bot that came in.
#[derive(Debug)]
pub struct Imported {
    /// The bot.
    pub id: BotId,
    /// Its name in addresses.
    pub public_id: String,
    /// What is odd about the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// What importing needs of the world.
pub struct Importer<'i> {
    /// The database.
    pub store: &'i Store,
    /// The time.
    pub clock: &'i Clock,
    /// Randomness.
    pub entropy: &'i Entropy,
    /// Block type → version and digest of what is installed.
    pub lock: &'i crate::blocks::Lock,
}

impl Importer<'_> {
    /// Takes a file in as a bot of the workspace, or as the new draft of the one that has the
    /// public id.
    pub async fn import(
        &self,
        workspace: &WorkspaceId,
        file: &str,
        options: ImportOptions<'_>,
    ) -> Result<Imported> {
        let (mut flow, mut diagnostics) = talkloom_flow::open(file)?;
        let owner = Owner::Workspace(workspace.clone());
        let ours = self.store.reader().credentials().all(&owner).await?;
        let ours: BTreeSet<_> = ours.into_iter().map(|credential| credential.id.0).collect();
        let rules = ImportRules {
            credentials: &ours,
            enable_safety_flags: false,
        };
        diagnostics.extend(sanitize(&mut flow, rules));
        diagnostics.extend(talkloom_flow::diagnostic::odd_exits(
            &flow,
            &self.lock.catalog(),
        ));
        diagnostics.extend(talkloom_flow::diagnostic::missing_blocks(
            &flow,
            &self.lock.catalog(),
        ));
        if let Some(public_id) = options.public_id {
            check_public_id(public_id)?;
        }
        let document = talkloom_flow::print(&flow).to_string();
        let draft = Draft {
            name: flow.document().name.filled().unwrap_or("My bot"),
            source_id: flow.document().id.filled(),
            document: &document,
        };
        let tx = self.store.begin().await?;
        let (id, public_id) = self.save(&tx, workspace, draft, options.public_id).await?;
        if options.publish {
            self.publish(&tx, workspace, &id, &flow, document).await?;
        }
        tx.commit().await?;
        Ok(Imported {
            id,
            public_id,
            diagnostics,
        })
    }

    async fn save(
        &self,
        tx: &Tx,
        workspace: &WorkspaceId,
        draft: Draft<'_>,
        public_id: Option<&str>,
    ) -> Result<(BotId, String)> {
        let now_ms = self.clock.now_ms();
        if let Some(public_id) = public_id
            && let Some(bot) = tx.bots().find_by_public_id(workspace, public_id).await?
        {
            tx.bots()
                .save_draft(workspace, &bot.id, draft, now_ms)
                .await?;
            return Ok((bot.id, bot.public_id));
        }
        let id = self.entropy.with(|random| BotId::draw(now_ms, random));
        let public_id = public_id.map_or_else(|| default_public_id(draft.name, &id), str::to_owned);
        let bot = NewBot {
            id: id.clone(),
            name: draft.name.to_owned(),
            public_id: public_id.clone(),
            source_id: draft.source_id.map(str::to_owned),
            document: draft.document.to_owned(),
        };
        tx.bots()
            .add(workspace, bot, now_ms)
            .await
            .with_context(|| {
                format!("The public id “{public_id}” is taken. Choose another with --public-id.")
            })?;
        Ok((id, public_id))
    }

    async fn publish(
        &self,
        tx: &Tx,
        workspace: &WorkspaceId,
        bot: &BotId,
        flow: &Flow,
        document: String,
    ) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let version = NewVersion {
            id: self.entropy.with(|random| VersionId::draw(now_ms, random)),
            bot_id: bot.clone(),
            document,
            lock: self.lock.of(flow).to_string(),
            is_preview: false,
            author_id: None,
            note: None,
        };
        let id = version.id.clone();
        tx.versions().add(workspace, version, now_ms).await?;
        tx.bots().set_published(workspace, bot, Some(&id)).await?;
        let endpoints = tx.webhook_endpoints().list(workspace).await?;
        let event = Event::BotPublished(bot, &id);
        let jobs = webhooks::jobs_for(&event, &endpoints, self.clock, self.entropy);
        if !jobs.is_empty() {
            tx.jobs().add(Some(workspace), &jobs, now_ms).await?;
        }
        tracing::info!(%bot, version = %id, "bot published");
        Ok(())
    }
}

/// Finds a bot by its id, the id that its file had, or its public id.
pub async fn find(
    store: &Store,
    workspace: &WorkspaceId,
    id: &str,
) -> talkloom_store::Result<Option<Bot>> {
    let bots = store.reader().bots();
    match bots.find_linked(workspace, id).await? {
        Some(bot) => Ok(Some(bot)),
        None => bots.find_by_public_id(workspace, id).await,
    }
}

/// The draft of a bot as a file, found as [`find`] does.
pub async fn export(store: &Store, workspace: &WorkspaceId, id: &str) -> Result<Value> {
    let Some(bot) = find(store, workspace, id).await? else {
        bail!("There is no bot “{id}”. Give its id or its public id.");
    };
    let (flow, _) = talkloom_flow::open(&bot.document)
        .with_context(|| format!("The stored bot “{id}” cannot be opened."))?;
    Ok(talkloom_flow::print(&flow))
}

fn check_public_id(public_id: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if public_id.is_empty() || !public_id.chars().all(fits) {
        bail!(
            "“{public_id}” cannot be a public id. Use letters, digits, hyphens and dots: it is \
             part of the bot's address."
        );
    }
    if RESERVED.contains(&public_id) {
        bail!("“{public_id}” is an address of the server itself. Choose another public id.");
    }
    Ok(())
}

/// First parts of paths that the server uses itself.
const RESERVED: [&str; 7] = [
    "api",
    "files",
    "healthz",
    "readyz",
    "parties",
    "favicon.ico",
    "robots.txt",
];

/// The name in lower-case words with hyphens between, then the end of the id.
fn default_public_id(name: &str, id: &BotId) -> String {
    let end = &id.as_str()[id.as_str().len().saturating_sub(7)..];
    let mut words = words(name);
    words.push(end.to_owned());
    words.join("-")
}

/// Words as the file format's own tool finds them.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    const PATTERN: &str = r"[A-Z]{2,}(?=[A-Z][a-z]+[0-9]*|\b)|[A-Z]?[a-z]+[0-9]*|[A-Z]|[0-9]+";
    Regex::new(PATTERN).expect("the pattern is valid")
});

fn words(name: &str) -> Vec<String> {
    WORD.find_iter(name)
        .map(|word| name[word.range()].to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(name: &str) -> String {
        words(name).join(" ")
    }

    #[test]
    fn names_become_words() {
        assert_eq!(words_of("Lead scoring"), "lead scoring");
        assert_eq!(words_of("HTTPServer2Go"), "http server2 go");
        assert_eq!(words_of("My NPS survey (2024)"), "my nps survey 2024");
        assert_eq!(words_of("aB C3"), "a b c 3");
        assert_eq!(words_of("ABc"), "a bc");
        assert_eq!(words_of("GPT4 bot"), "g p t 4 bot");
        assert_eq!(words_of("Ünïcödé"), "n c d");
        assert_eq!(words_of("日本語"), "");
    }

    #[test]
    fn the_default_public_id_ends_like_the_id() {
        let id = BotId("cabcdefghijklmnopq1234567".into());
        assert_eq!(default_public_id("My Bot", &id), "my-bot-1234567");
        assert_eq!(default_public_id("日本", &id), "1234567");
    }

    #[test]
    fn public_ids_are_parts_of_addresses() {
        assert!(check_public_id("my-bot.2").is_ok());
        for bad in ["", "my bot", "a/b", "ünï", "api", "_x"] {
            assert!(check_public_id(bad).is_err(), "{bad}");
        }
    }
}
