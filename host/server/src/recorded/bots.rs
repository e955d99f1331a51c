//! The bots that conversations are held with again: files, drafts, linked bots.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use talkloom_flow::Flow;
use talkloom_flow::catalog::Catalog;
use talkloom_store::{Bot, BotId, Repositories, ResultId, SessionId, Store, WorkspaceId};

/// Where bots are looked for.
pub struct Bots<'b> {
    /// The database.
    pub store: &'b Store,
    /// Whose bots they are.
    pub workspace: &'b WorkspaceId,
    /// What is installed.
    pub catalog: Arc<Catalog>,
}

impl Bots<'_> {
    /// Opens a bot: a file, where the name is that of one, else the draft of the bot with this id
    /// or public id. A file's path counts from `folder`.
    pub async fn open(&self, name: &str, folder: &Path) -> Result<Arc<Flow>> {
        let path = folder.join(name);
        if path.is_file() {
            return open_file(&path);
        }
        if name.ends_with(".json") {
            bail!("The file {} is missing.", path.display());
        }
        let bot = self.find(name).await?;
        let bot = bot.with_context(|| {
            format!("There is no bot “{name}”. Give its id, its public id or a file.")
        })?;
        open(&bot.document).with_context(|| format!("The bot “{name}” cannot be opened."))
    }

    /// Opens the bot that a link names, as visitors have it, else its draft; none where it is
    /// missing.
    pub async fn open_linked(&self, link: &str) -> Result<Option<Arc<Flow>>> {
        let reader = self.store.reader();
        let Some(bot) = reader.bots().find_linked(self.workspace, link).await? else {
            return Ok(None);
        };
        let document = match &bot.published_version_id {
            None => bot.document,
            Some(version) => {
                let version = reader.versions().find(self.workspace, version).await?;
                version.map_or(bot.document, |version| version.document)
            }
        };
        open(&document).map(Some)
    }

    /// The bot with this id or public id.
    pub async fn find(&self, name: &str) -> Result<Option<Bot>> {
        let bots = self.store.reader().bots();
        let by_id = bots.find(self.workspace, &BotId(name.to_owned())).await?;
        if by_id.is_some() {
            return Ok(by_id);
        }
        Ok(bots.find_by_public_id(self.workspace, name).await?)
    }
}

/// The conversation with this id, or the last one that wrote to the result with this id.
pub async fn find_session(
    store: &Store,
    workspace: &WorkspaceId,
    id: &str,
) -> Result<Option<SessionId>> {
    let results = store.reader().results();
    let result = ResultId(id.to_owned());
    if let Some(result) = results.whose(workspace, &result).await? {
        return Ok(result.session_id);
    }
    let session = SessionId(id.to_owned());
    let turns = store
        .reader()
        .journal()
        .of_session(workspace, &session)
        .await?;
    Ok((!turns.is_empty()).then_some(session))
}

fn open_file(path: &Path) -> Result<Arc<Flow>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("The file {} cannot be read.", path.display()))?;
    open(&text).with_context(|| format!("The file {} is no bot.", path.display()))
}

fn open(document: &str) -> Result<Arc<Flow>> {
    let (flow, _) = talkloom_flow::open(document)?;
    Ok(Arc::new(flow))
}
