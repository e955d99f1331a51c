//! Takes an archive in: all of it or nothing.
//!
//! The archive is read twice, first to know that it is whole. The rows go in within one
//! transaction; the files are written before it is committed, so that a row never names a file that
//! is not there. When it breaks off, the rows are as they were, and the files that were added are
//! deleted; a process that is killed leaves those, which no row names.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use talkloom_store::Store;
use talkloom_store::dump::Load;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::format::{Head, Manifest};
use super::unpack::{Found, newer, unpack};
use super::verify::verify;
use super::{BackupError, Doing};
use crate::files::{FileKey, Files};

/// Whether what is there may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacing {
    /// Nothing may be there.
    Nothing,
    /// Everything that is there is deleted.
    Everything,
}

const AHEAD: usize = 2;
const PARTS_AHEAD: usize = 16;
const PART: usize = 64 << 10;

/// What comes next.
enum Piece {
    Rows {
        table: String,
        lines: Vec<u8>,
    },
    File {
        key: FileKey,
        content: Receiver<std::io::Result<Bytes>>,
    },
}

/// Takes an archive in; gives what was in it. Files are passed over where none are asked for.
pub async fn restore(
    store: &Store,
    files: Option<&Files>,
    path: &Path,
    replacing: Replacing,
) -> Result<(Head, Manifest), BackupError> {
    let file = File::open(path).doing("read")?;
    let (mut file, head, manifest) = blocking(move || {
        let (head, manifest) = verify(&file)?;
        Ok((file, head, manifest))
    })
    .await?;
    let load = store.load().await?;
    let known = load.migrations();
    if !head.migrations.iter().all(|name| known.contains(name)) {
        return Err(newer(&head));
    }
    if replacing == Replacing::Nothing && !load.is_fresh().await? {
        return Err(BackupError::Refused(
            "There is data already. Restore into an empty database, or say --replace to delete \
             what is there."
                .into(),
        ));
    }
    load.clear().await?;
    let files = files.filter(|_| head.has_files);
    let (pieces, arriving) = mpsc::channel(AHEAD);
    let wants_files = files.is_some();
    let reading = blocking(move || {
        file.rewind().doing("read")?;
        send(&file, wants_files, &pieces)
    });
    let mut target = Target {
        load,
        files,
        added: Vec::new(),
        kept: HashSet::new(),
    };
    let (read, taken) = tokio::join!(reading, target.take(arriving));
    // A reader that finds nobody to take what it reads ends without a word.
    let done = match (taken, read) {
        (Err(error), _) | (Ok(()), Err(error)) => Err(error),
        (Ok(()), Ok(())) => Ok(()),
    };
    target.finish(done, replacing).await?;
    Ok((head, manifest))
}

/// Where everything goes.
struct Target<'t> {
    load: Load,
    files: Option<&'t Files>,
    /// Files that were not there before.
    added: Vec<FileKey>,
    /// Digests of the paths of all files of the archive.
    kept: HashSet<[u8; 16]>,
}

impl Target<'_> {
    async fn take(&mut self, mut arriving: Receiver<Piece>) -> Result<(), BackupError> {
        while let Some(piece) = arriving.recv().await {
            match (piece, self.files) {
                (Piece::Rows { table, lines }, _) => {
                    self.load.insert(&table, &lines).await?;
                }
                (Piece::File { key, content }, Some(files)) => {
                    self.kept.insert(digest(&key.to_string()));
                    if files.size(&key).await?.is_none() {
                        self.added.push(key.clone());
                    }
                    let kind = mime_guess::from_path(key.name()).first_or_octet_stream();
                    files
                        .put(&key, kind.as_ref(), Body::from_stream(parts(content)), None)
                        .await?;
                }
                (Piece::File { .. }, None) => {}
            }
        }
        Ok(())
    }

    async fn finish(
        self,
        done: Result<(), BackupError>,
        replacing: Replacing,
    ) -> Result<(), BackupError> {
        let committed = match done {
            Ok(()) => self.load.commit().await.map_err(BackupError::from),
            Err(error) => Err(error),
        };
        let Some(files) = self.files else {
            return committed;
        };
        if committed.is_err() {
            for key in &self.added {
                if let Err(error) = files.delete(key).await {
                    tracing::warn!(%error, %key, "a file that was added stays");
                }
            }
            return committed;
        }
        if replacing == Replacing::Everything {
            delete_others(files, &self.kept).await?;
        }
        Ok(())
    }
}

async fn delete_others(files: &Files, kept: &HashSet<[u8; 16]>) -> Result<(), BackupError> {
    let mut listed = files.list("");
    while let Some(file) = listed.next().await {
        let path = file?.path;
        if let Some(key) = FileKey::parse(&path)
            && !kept.contains(&digest(&path))
        {
            files.delete(&key).await?;
        }
    }
    Ok(())
}

/// Enough of a digest to tell paths apart, so that millions fit into memory.
fn digest(path: &str) -> [u8; 16] {
    use sha2::Digest;
    let whole: [u8; 32] = sha2::Sha256::digest(path).into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

fn parts(
    content: Receiver<std::io::Result<Bytes>>,
) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(content, async |mut content| {
        Some((content.recv().await?, content))
    })
}

fn send(file: &File, wants_files: bool, pieces: &Sender<Piece>) -> Result<(), BackupError> {
    let gone = || BackupError::Refused("Restoring broke off.".into());
    unpack(file, |found| match found {
        Found::Head(_) | Found::Manifest(_) => Ok(()),
        Found::Rows { table, lines } => {
            let piece = Piece::Rows { table, lines };
            pieces.blocking_send(piece).map_err(|_| gone())
        }
        Found::File { path, content, .. } => {
            let key = FileKey::parse(&path).filter(|_| wants_files);
            let Some(key) = key else {
                return Ok(());
            };
            let (parts, arriving) = mpsc::channel(PARTS_AHEAD);
            let piece = Piece::File {
                key,
                content: arriving,
            };
            pieces.blocking_send(piece).map_err(|_| gone())?;
            send_parts(content, &parts);
            Ok(())
        }
    })
}

/// Whoever takes the file says itself what is wrong with it.
fn send_parts(content: &mut dyn Read, parts: &Sender<std::io::Result<Bytes>>) {
    loop {
        let mut buffer = vec![0; PART];
        let part = content.read(&mut buffer).map(|read| {
            buffer.truncate(read);
            Bytes::from(buffer)
        });
        if part.as_ref().is_ok_and(Bytes::is_empty) {
            return;
        }
        let is_broken = part.is_err();
        if parts.blocking_send(part).is_err() || is_broken {
            return;
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(std::io::Error::other).doing("read")?
}
