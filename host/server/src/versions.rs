//! Versions in memory. A version never changes, so it is kept under its id; which version is
//! current is asked anew for every conversation. A preview runs the draft as it stands: that is a
//! version too, whose id is made of the document, so that the same draft is the same version.

use std::sync::Arc;

use quick_cache::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};
use talkloom_engine::FlowRef;
use talkloom_flow::Flow;
use talkloom_store::repository::NewVersion;
use talkloom_store::{
    Bot, BotId, Repositories, Store, StoreError, Version, VersionId, WorkspaceId, patiently,
};

use crate::blocks::Pins;
use crate::look::Look;
use crate::templates;

/// Versions in memory.
pub struct Versions {
    store: Store,
    loaded: Cache<VersionId, Arc<LoadedVersion>>,
}

/// A version ready to be talked to.
#[derive(Debug)]
pub struct LoadedVersion {
    /// The version.
    pub id: VersionId,
    /// The bot.
    pub bot_id: BotId,
    /// The owner.
    pub workspace_id: WorkspaceId,
    /// The document.
    pub flow: Arc<Flow>,
    /// The versions of blocks that it was published with.
    pub pins: Arc<Pins>,
    /// It is a draft: the conversation leaves nothing behind.
    pub is_preview: bool,
    /// When it was published, as the chat API writes it.
    pub published_at: String,
    /// The theme as the chat API gives it, before variables are put in.
    pub theme: Look,
    /// The settings as the chat API gives them, before variables are put in.
    pub settings: Look,
}

/// Why a version cannot be talked to.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database failed.
    #[error("the version could not be read")]
    Store(#[from] StoreError),
    /// A version that was just written is not there.
    #[error("the version {version} is gone")]
    Gone {
        /// The version.
        version: VersionId,
    },
    /// What is stored is no bot any more; published versions were bots once.
    #[error("the stored version {version} cannot be opened")]
    Broken {
        /// The version.
        version: VersionId,
        /// Why.
        #[source]
        source: talkloom_flow::OpenError,
    },
}

impl Versions {
    /// Keeps up to `capacity` versions.
    pub fn new(store: Store, capacity: usize) -> Self {
        Self {
            store,
            loaded: Cache::new(capacity),
        }
    }

    /// Finds a version of a workspace.
    pub async fn find(
        &self,
        workspace: &WorkspaceId,
        id: &VersionId,
    ) -> Result<Option<Arc<LoadedVersion>>, LoadError> {
        if let Some(version) = self.loaded.get(id) {
            return Ok(Some(version).filter(|version| version.workspace_id == *workspace));
        }
        if let Some(version) = from_template(workspace, id)? {
            return Ok(Some(Arc::new(version)));
        }
        let reader = self.store.reader();
        let found = patiently(|| async { reader.versions().find(workspace, id).await }).await;
        let Some(row) = found? else {
            return Ok(None);
        };
        let version = Arc::new(LoadedVersion::open(row)?);
        self.loaded.insert(id.clone(), Arc::clone(&version));
        Ok(Some(version))
    }

    /// The draft of a bot as it stands, as a version to preview.
    pub async fn draft(&self, bot: &Bot, now_ms: i64) -> Result<Arc<LoadedVersion>, LoadError> {
        self.preview(&bot.workspace_id, &bot.id, &bot.document, now_ms)
            .await
    }

    /// A document as a version of a bot to preview.
    pub async fn preview(
        &self,
        workspace: &WorkspaceId,
        bot: &BotId,
        document: &str,
        now_ms: i64,
    ) -> Result<Arc<LoadedVersion>, LoadError> {
        let id = VersionId(digest("preview", &[&workspace.0, &bot.0, document]));
        if let Some(version) = self.find(workspace, &id).await? {
            return Ok(version);
        }
        let new = NewVersion {
            id: id.clone(),
            bot_id: bot.clone(),
            document: document.to_owned(),
            // A draft runs on the blocks as they are now.
            lock: "{}".to_owned(),
            is_preview: true,
            author_id: None,
            note: None,
        };
        let tx = self.store.begin().await?;
        match tx.versions().add(workspace, new, now_ms).await {
            Ok(()) => tx.commit().await?,
            // Another preview of the same draft was quicker.
            Err(StoreError::Conflict { .. }) => drop(tx),
            Err(error) => return Err(error.into()),
        }
        let version = self.find(workspace, &id).await?;
        version.ok_or(LoadError::Gone { version: id })
    }

    /// A template as a version to preview in a workspace.
    pub fn template(
        &self,
        workspace: &WorkspaceId,
        slug: &str,
    ) -> Result<Option<Arc<LoadedVersion>>, LoadError> {
        let Some(document) = templates::find(slug) else {
            return Ok(None);
        };
        let id = VersionId(template_id(slug, document));
        Ok(from_template(workspace, &id)?.map(Arc::new))
    }
}

/// A template comes with the server: it is a row nowhere, and every workspace has it.
fn from_template(
    workspace: &WorkspaceId,
    id: &VersionId,
) -> Result<Option<LoadedVersion>, LoadError> {
    let Some(slug) = id.0.strip_prefix("template.") else {
        return Ok(None);
    };
    let slug = slug.split('.').next().unwrap_or_default();
    let document = templates::find(slug).filter(|document| template_id(slug, document) == id.0);
    document
        .map(|document| {
            LoadedVersion::open(Version {
                id: id.clone(),
                workspace_id: workspace.clone(),
                bot_id: BotId(slug.to_owned()),
                document: document.to_owned(),
                lock: "{}".to_owned(),
                created_at: 0,
                is_preview: true,
                number: None,
                author_id: None,
                note: None,
            })
        })
        .transpose()
}

fn template_id(slug: &str, document: &str) -> String {
    digest(&format!("template.{slug}"), &[document])
}

/// An id that is made of what it names.
fn digest(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let hex = hash
        .finalize()
        .into_iter()
        .map(|byte| format!("{byte:02x}"));
    format!("{kind}.{}", hex.collect::<String>())
}

impl LoadedVersion {
    fn open(row: Version) -> Result<Self, LoadError> {
        let broken = |source| LoadError::Broken {
            version: row.id.clone(),
            source,
        };
        let (flow, _) = talkloom_flow::open(&row.document).map_err(broken)?;
        let document = serde_json::to_value(flow.document()).unwrap_or_default();
        let mut settings = serde_json::Map::new();
        for part in ["general", "typingEmulation"] {
            if let Some(value) = document["settings"].get(part) {
                settings.insert(part.to_owned(), value.clone());
            }
        }
        let theme = match &document["theme"] {
            Value::Object(theme) => Value::Object(theme.clone()),
            _ => Value::Object(serde_json::Map::new()),
        };
        Ok(Self {
            pins: Arc::new(Pins::parse(&row.lock)),
            is_preview: row.is_preview,
            published_at: talkloom_engine::datetime::iso(row.created_at),
            id: row.id,
            bot_id: row.bot_id,
            workspace_id: row.workspace_id,
            theme: Look::of(theme),
            settings: Look::of(Value::Object(settings)),
            flow: Arc::new(flow),
        })
    }

    /// The version as the engine takes it.
    pub fn flow_ref(&self) -> FlowRef {
        FlowRef {
            version: self.id.0.clone(),
            flow: Some(Arc::clone(&self.flow)),
        }
    }

    /// The sites that may embed the bot; none: all.
    pub fn allowed_origins(&self) -> impl Iterator<Item = &str> {
        let security = self
            .flow
            .document()
            .settings
            .get()
            .and_then(|s| s.security.get());
        security
            .into_iter()
            .flat_map(|s| s.allowed_origins.items())
            .map(String::as_str)
    }
}
