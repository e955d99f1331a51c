//! A conversation as it was recorded, with everything that a replay needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use talkloom_engine::journal::{Entry, Input};
use talkloom_engine::replay::{Ended, Library, Replay, ReplayError};
use talkloom_store::{
    Repositories, ResultId, SessionId, Store, StoreError, VersionId, WorkspaceId, patiently,
};

use crate::versions::{LoadError, Versions};

/// A recorded conversation.
pub struct Recording {
    /// Its id.
    pub session_id: SessionId,
    /// The turns in order.
    pub turns: Vec<RecordedTurn>,
    /// The documents and catalogs that the turns name, as far as they are still there.
    pub library: Library,
}

/// A recorded turn.
pub struct RecordedTurn {
    /// Which, from 1.
    pub number: i64,
    /// When: milliseconds since 1970, UTC.
    pub taken_at: i64,
    /// What the conversation writes to.
    pub result_id: Option<ResultId>,
    /// What was recorded.
    pub entry: Entry,
}

/// Why a recording could not be read or replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The database failed.
    #[error("the recording could not be read")]
    Store(#[from] StoreError),
    /// A version could not be opened.
    #[error("a version of the recording could not be opened")]
    Load(#[from] LoadError),
    /// An entry is not what this release writes.
    #[error("turn {turn} of the recording is of another release")]
    Entry {
        /// Which turn.
        turn: i64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A catalog is not what this release writes.
    #[error("what was installed then cannot be read")]
    Catalog(#[source] serde_json::Error),
    /// The replay does not hold.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

impl Recording {
    /// Reads a conversation up to a turn, or all of it; none where nothing was recorded.
    pub async fn read(
        store: &Store,
        versions: &Versions,
        workspace: &WorkspaceId,
        session_id: SessionId,
        up_to: Option<i64>,
    ) -> Result<Option<Self>, RecordingError> {
        let (reader, id) = (store.reader(), &session_id);
        let rows = patiently(|| async { reader.journal().of_session(workspace, id).await }).await;
        let rows = rows?
            .into_iter()
            .filter(|row| up_to.is_none_or(|up_to| row.turn <= up_to));
        let mut turns = Vec::new();
        for row in rows {
            let broken = |source| RecordingError::Entry {
                turn: row.turn,
                source,
            };
            turns.push(RecordedTurn {
                number: row.turn,
                taken_at: row.created_at,
                result_id: row.result_id,
                entry: Entry::read(&row.entry).map_err(broken)?,
            });
        }
        if turns.is_empty() {
            return Ok(None);
        }
        let library = library(store, versions, workspace, &turns).await?;
        Ok(Some(Self {
            session_id,
            turns,
            library,
        }))
    }

    /// The version that the conversation goes on with.
    pub fn last_version(&self) -> Option<&str> {
        let versions = self.turns.iter().rev().map(|turn| &turn.entry.input);
        let mut versions = versions.filter_map(|input| match input {
            Input::Start { version, .. } | Input::Update { version } => Some(version.as_str()),
            Input::Reply(_) => None,
        });
        versions.next()
    }

    /// The version that the conversation began with.
    pub fn version(&self) -> Option<&str> {
        match &self.turns.first()?.entry.input {
            Input::Start { version, .. } => Some(version),
            Input::Reply(_) | Input::Update { .. } => None,
        }
    }

    /// What came in with the last turn.
    pub fn last_input(&self) -> Option<&Input> {
        Some(&self.turns.last()?.entry.input)
    }

    /// Replays all turns; gives how the last one ended.
    pub fn replay(&self) -> Result<Ended, RecordingError> {
        let mut replay = Replay::new(&self.library);
        let mut last = None;
        for turn in &self.turns {
            last = Some(replay.turn(&turn.entry)?.1);
        }
        Ok(last.ok_or(ReplayError::Incomplete)?)
    }
}

/// What is gone is left out: the replay names it when it comes to it.
async fn library(
    store: &Store,
    versions: &Versions,
    workspace: &WorkspaceId,
    turns: &[RecordedTurn],
) -> Result<Library, RecordingError> {
    let mut library = Library::default();
    let named = turns.iter().flat_map(|turn| turn.entry.versions());
    for id in named.collect::<BTreeSet<_>>() {
        let version = versions.find(workspace, &VersionId(id.to_owned())).await?;
        if let Some(version) = version {
            let flow = Arc::clone(&version.flow);
            library.flows.insert(id.to_owned(), flow);
        }
    }
    let named = turns.iter().map(|turn| turn.entry.catalog.as_str());
    for name in named.collect::<BTreeSet<_>>() {
        let Some(content) = store.reader().catalogs().find(name).await? else {
            continue;
        };
        let catalog = serde_json::from_str(&content).map_err(RecordingError::Catalog)?;
        library.catalogs.insert(name.to_owned(), Arc::new(catalog));
    }
    Ok(library)
}
