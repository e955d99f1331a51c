//! Looks after files: finds out which have arrived where nobody tells this server, and deletes
//! those that nobody needs any more.

use talkloom_store::repository::StaleSince;
use talkloom_store::{Repositories, ResultId, StoreError, StoredFile, WorkspaceId};

use super::{FileKey, StorageError};
use crate::App;

/// How long after its announcement a file may still come: twice as long as its permission lasts.
const ANNOUNCED_MS: i64 = 20 * 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Why files could not be looked after.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What [`sweep`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that were found to have arrived.
    pub arrived: u64,
    /// Files that were deleted, or had never come.
    pub deleted: u64,
}

/// Finds out whether an announced file has arrived. One that is larger than it may be is deleted
/// and counts as never sent.
pub(super) async fn settle(
    app: &App,
    mut file: StoredFile,
) -> Result<Option<StoredFile>, SettleError> {
    if file.size.is_some() {
        return Ok(Some(file));
    }
    let Some(key) = key_of(&file).filter(|_| app.files.is_direct()) else {
        return Ok(None);
    };
    let Some(size) = app.files.size(&key).await? else {
        return Ok(None);
    };
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if file.max_size.is_some_and(|limit| size > limit) {
        tracing::warn!(size, limit = file.max_size, "too large a file was deleted");
        app.files.delete(&key).await?;
        return Ok(None);
    }
    let tx = app.store.begin().await?;
    tx.files()
        .arrived(&file.workspace_id, &file.folder, &file.name, size)
        .await?;
    tx.commit().await?;
    file.size = Some(size);
    Ok(Some(file))
}

/// Finds out which files of a result have arrived.
pub async fn settle_result(
    app: &App,
    workspace: &WorkspaceId,
    result: &ResultId,
) -> Result<(), SettleError> {
    if !app.files.is_direct() {
        return Ok(());
    }
    let awaited = app
        .store
        .reader()
        .files()
        .awaited(workspace, result)
        .await?;
    for file in awaited {
        settle(app, file).await?;
    }
    Ok(())
}

/// Deletes files that were announced and never sent, those of old previews, and those whose result
/// is gone: at most `limit` of them. As many as that mean that there may be more.
pub async fn sweep(app: &App, limit: u64) -> Result<Swept, SettleError> {
    let now_ms = app.clock.now_ms();
    let preview_days = i64::from(app.config.retention.preview_days);
    let since = StaleSince {
        announced_ms: now_ms - ANNOUNCED_MS,
        // 0 means for ever: nothing is older than time.
        preview_ms: match preview_days {
            0 => i64::MIN,
            days => now_ms - days * DAY_MS,
        },
        // A conversation that begins now has its result soon, if not yet.
        orphaned_ms: now_ms - DAY_MS,
    };
    let stale = app.store.reader().stale_files().find(since, limit).await?;
    let mut swept = Swept::default();
    for file in stale {
        let was_awaited = file.size.is_none() && app.files.is_direct();
        if was_awaited && settle(app, file.clone()).await?.is_some() {
            swept.arrived += 1;
            continue;
        }
        forget(app, &file).await?;
        swept.deleted += 1;
    }
    Ok(swept)
}

/// The file goes first: should this break off, its row leads here again.
async fn forget(app: &App, file: &StoredFile) -> Result<(), SettleError> {
    if let Some(key) = key_of(file) {
        app.files.delete(&key).await?;
    }
    let tx = app.store.begin().await?;
    tx.files()
        .forget(&file.workspace_id, &file.folder, &file.name)
        .await?;
    Ok(tx.commit().await?)
}

fn key_of(file: &StoredFile) -> Option<FileKey> {
    FileKey::parse(&format!("{}/{}", file.folder, file.name))
}
