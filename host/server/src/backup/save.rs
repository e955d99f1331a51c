//! Makes an archive of a running installation.

use std::path::Path;

use futures_util::StreamExt;
use talkloom_store::Store;
use talkloom_store::dump::Snapshot;
use tokio::sync::mpsc::{self, Sender};

use super::format::{FORMAT, Head, Manifest};
use super::pack::{Piece, pack};
use super::{BackupError, Doing};
use crate::Clock;
use crate::files::{FileKey, Files, OpenFile};

/// Pieces that wait to be written.
const AHEAD: usize = 2;
/// Parts of a file that wait to be written.
const PARTS_AHEAD: usize = 16;

/// Writes all rows, as they are at one moment, and the files, if any are to be in it. The server
/// may serve meanwhile.
pub async fn save(
    store: &Store,
    files: Option<&Files>,
    clock: &Clock,
    path: &Path,
) -> Result<Manifest, BackupError> {
    let snapshot = store.snapshot().await?;
    let head = Head {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        created_at: clock.now_ms(),
        database: snapshot.database().into(),
        migrations: snapshot.migrations().to_vec(),
        has_files: files.is_some(),
    };
    let (pieces, written) = mpsc::channel(AHEAD);
    let path = path.to_owned();
    let packing = tokio::task::spawn_blocking(move || pack(&path, &head, written));
    let sent = send(snapshot, files, &pieces).await;
    drop(pieces);
    let packed = packing.await.map_err(std::io::Error::other);
    // Should writing fail, nobody takes what is sent: the reason is the writer's.
    match (sent, packed.and_then(|packed| packed)) {
        (Err(error), _) => Err(error),
        (Ok(()), packed) => packed.doing("written"),
    }
}

async fn send(
    snapshot: Snapshot,
    files: Option<&Files>,
    pieces: &Sender<Piece>,
) -> Result<(), BackupError> {
    for table in snapshot.tables() {
        let mut page = snapshot.page(table, None).await?;
        loop {
            let lines = std::mem::take(&mut page.lines);
            let size = lines.len();
            let name = table.name.clone();
            let piece = Piece::Rows { table: name, lines };
            if pieces.send(piece).await.is_err() {
                return Ok(());
            }
            if page.rows == 0 {
                break;
            }
            page = snapshot.page(table, Some((&page, size))).await?;
        }
    }
    drop(snapshot);
    if let Some(files) = files
        && !send_files(files, pieces).await?
    {
        return Ok(());
    }
    // A writer that failed says so itself.
    let _ = pieces.send(Piece::End).await;
    Ok(())
}

/// Gives whether the writer still takes them.
async fn send_files(files: &Files, pieces: &Sender<Piece>) -> Result<bool, BackupError> {
    let mut listed = files.list("");
    while let Some(file) = listed.next().await {
        let path = file?.path;
        // Whatever else stands there is none of ours.
        let Some(key) = FileKey::parse(&path) else {
            tracing::warn!(path, "not a file of this server: it is not backed up");
            continue;
        };
        // It may have been deleted since.
        let Some(file) = files.open(&key).await? else {
            continue;
        };
        if !send_file(path, file, pieces).await {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn send_file(path: String, file: OpenFile, pieces: &Sender<Piece>) -> bool {
    let (parts, content) = mpsc::channel(PARTS_AHEAD);
    let piece = Piece::File {
        path,
        size: file.size,
        content,
    };
    if pieces.send(piece).await.is_err() {
        return false;
    }
    let mut content = file.content.into_data_stream();
    while let Some(part) = content.next().await {
        let part = part.map_err(std::io::Error::other);
        if parts.send(part).await.is_err() {
            return false;
        }
    }
    true
}
