//! Published versions in memory. A version never changes, so it is kept under its id; which
//! version is current is asked anew for every conversation.

use std::sync::Arc;

use quick_cache::sync::Cache;
use serde_json::Value;
use talkloom_engine::FlowRef;
use talkloom_flow::Flow;
use talkloom_store::{BotId, Repositories, Store, StoreError, Version, VersionId, WorkspaceId};

use crate::look::Look;

/// Published versions in memory.
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
        let Some(row) = self.store.reader().versions().find(workspace, id).await? else {
            return Ok(None);
        };
        let version = Arc::new(LoadedVersion::open(row)?);
        self.loaded.insert(id.clone(), Arc::clone(&version));
        Ok(Some(version))
    }
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
