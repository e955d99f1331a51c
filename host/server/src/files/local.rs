//! Files in a folder of this machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OnceCell, Semaphore, mpsc};
use tower_http::services::ServeFile;

use super::quota::{Quota, Reservation};
use super::storage::{Doing, Listed, OpenFile, ReadPermit, Shown, Storage, StorageError, Upload};
use super::token::Signer;
use super::{FileKey, blocking, headers, walk};
use crate::{Clock, Config, Entropy};

/// Where files stand while they arrive.
const INCOMING: &str = ".incoming";
/// How long a sender may pause, and how long one waits for others to be done.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that arrive at one time.
const ARRIVING: usize = 1_000;
/// How long one file may take to arrive.
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// The same for one that this server writes, such as a restored one.
const LONGEST_OF_OURS: Duration = Duration::from_secs(6 * 60 * 60);
/// Bytes that are read at a time.
const PART: usize = 64 << 10;
/// Files that are listed ahead of whoever reads the list.
const LISTED_AHEAD: usize = 256;
/// What came this long ago and is not whole was abandoned.
const ABANDONED_MS: i64 = 24 * 60 * 60 * 1_000;

/// A folder of this machine.
pub struct LocalFolder {
    root: PathBuf,
    data: PathBuf,
    configured_key: String,
    signer: OnceCell<Signer>,
    arriving: Semaphore,
    quota: Quota,
    clock: Clock,
    entropy: Entropy,
}

impl LocalFolder {
    /// The folder `files` in the data folder. Nothing is made before the first file comes.
    pub fn new(config: &Config, clock: &Clock, entropy: &Entropy) -> Self {
        let root = config.data.join("files");
        Self {
            quota: Quota::new(&root, config.storage.quota_mb, clock),
            root,
            data: config.data.clone(),
            configured_key: config.uploads.signing_key.clone(),
            signer: OnceCell::new(),
            arriving: Semaphore::new(ARRIVING),
            clock: clock.clone(),
            entropy: entropy.clone(),
        }
    }

    async fn signer(&self) -> Result<&Signer, StorageError> {
        let open = || Signer::of(&self.configured_key, &self.data, &self.entropy);
        self.signer.get_or_try_init(open).await.doing("signed for")
    }

    fn path(&self, key: &FileKey) -> PathBuf {
        self.root.join(key.to_string())
    }

    async fn incoming(&self) -> std::io::Result<(File, TempPath)> {
        let folder = self.root.join(INCOMING);
        let made = blocking(move || {
            std::fs::create_dir_all(&folder)?;
            NamedTempFile::new_in(folder)
        });
        let (file, path) = made.await?.into_parts();
        Ok((File::from_std(file), path))
    }
}

#[async_trait]
impl Storage for LocalFolder {
    async fn prepare(&self) -> Result<(), StorageError> {
        self.signer().await?;
        let folder = self.root.join(INCOMING);
        let before_ms = self.clock.now_ms() - ABANDONED_MS;
        blocking(move || clear(&folder, before_ms))
            .await
            .doing("cleared away")
    }

    async fn check(&self) -> Result<Vec<String>, StorageError> {
        let key = FileKey::new(["private", "check"], &self.entropy.id());
        self.put(&key, "text/plain", Body::from("check"), None)
            .await?;
        self.delete(&key).await?;
        Ok(Vec::new())
    }

    fn is_direct(&self) -> bool {
        false
    }

    async fn has_room(&self, bytes: u64) -> Result<bool, StorageError> {
        self.quota.has_room(bytes).await
    }

    async fn sign_upload(&self, base: &str, upload: Upload) -> Result<String, StorageError> {
        let token = self.signer().await?.sign(&upload);
        let token = token.map_err(std::io::Error::from).doing("signed for")?;
        Ok(format!("{base}/api/uploads/{token}"))
    }

    async fn verify_upload(&self, token: &str) -> Result<Option<Upload>, StorageError> {
        Ok(self.signer().await?.verify(token, self.clock.now_ms()))
    }

    async fn signed_read(
        &self,
        base: &str,
        key: &FileKey,
        shown: &Shown,
        ttl: Duration,
    ) -> Result<String, StorageError> {
        let ttl_ms = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let permit = ReadPermit {
            file_path: key.to_string(),
            shown: shown.clone(),
            expires_at: self.clock.now_ms().saturating_add(ttl_ms),
        };
        let token = self.signer().await?.sign(&permit);
        let token = token.map_err(std::io::Error::from).doing("signed for")?;
        Ok(format!("{base}/files/signed/{token}"))
    }

    async fn verify_read(&self, token: &str) -> Result<Option<ReadPermit>, StorageError> {
        Ok(self.signer().await?.verify(token, self.clock.now_ms()))
    }

    async fn put(
        &self,
        key: &FileKey,
        _media_type: &str,
        content: Body,
        max_bytes: Option<u64>,
    ) -> Result<u64, StorageError> {
        // Where the sender tells the size, what does not fit is not waited for.
        let counts = !key.is_component();
        if counts && !self.quota.has_room(content.size_hint().lower()).await? {
            return Err(StorageError::Full);
        }
        let place = tokio::time::timeout(PATIENCE, self.arriving.acquire()).await;
        let _place = place.map_err(|_| StorageError::Busy)?;
        // Until it is whole it has another name, and goes away when this is dropped.
        let (mut file, incoming) = self.incoming().await.doing("written")?;
        let mut room = self.quota.reserve(counts);
        // What has a limit comes from a visitor, who may be slow on purpose.
        let longest = if max_bytes.is_some() {
            LONGEST
        } else {
            LONGEST_OF_OURS
        };
        let writing = write(&mut file, content, max_bytes, &mut room);
        let writing = tokio::time::timeout(longest, writing);
        let written = writing
            .await
            .map_err(|_| StorageError::Stalled(longest))??;
        file.sync_all().await.doing("written")?;
        let path = self.path(key);
        let settle = move || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let replaced = path.metadata().map_or(0, |about| about.len());
            incoming.persist(path).map_err(|error| error.error)?;
            Ok(replaced)
        };
        let replaced = blocking(settle).await.doing("put in its place")?;
        room.settle(replaced);
        Ok(written)
    }

    async fn serve(&self, key: &FileKey, request: Request) -> Result<Response, StorageError> {
        // Whoever asks sets the type that was stored; this one only keeps anything from guessing.
        let mut file = ServeFile::new_with_mime(self.path(key), &headers::OPAQUE);
        match file.try_call(request).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(StatusCode::NOT_FOUND.into_response())
            }
            answer => Ok(answer.doing("read")?.map(Body::new).into_response()),
        }
    }

    async fn open(&self, key: &FileKey) -> Result<Option<OpenFile>, StorageError> {
        let file = match File::open(self.path(key)).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.doing("read")?,
        };
        let size = file.metadata().await.doing("read")?.len();
        Ok(Some(OpenFile {
            size,
            content: Body::from_stream(parts(file)),
        }))
    }

    async fn size(&self, key: &FileKey) -> Result<Option<u64>, StorageError> {
        match tokio::fs::metadata(self.path(key)).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            about => Ok(Some(about.doing("looked at")?.len())),
        }
    }

    async fn delete(&self, key: &FileKey) -> Result<(), StorageError> {
        let Some(bytes) = self.size(key).await? else {
            return Ok(());
        };
        match tokio::fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            deleted => deleted.doing("deleted")?,
        }
        if !key.is_component() {
            self.quota.freed(bytes);
        }
        Ok(())
    }

    fn list(&self, folder: &str) -> BoxStream<'_, Result<Listed, StorageError>> {
        let (sender, receiver) = mpsc::channel(LISTED_AHEAD);
        let (root, folder) = (self.root.clone(), self.root.join(folder));
        tokio::task::spawn_blocking(move || {
            let walked = walk::files(&root, &folder, &mut |path, size| {
                sender.blocking_send(Ok(Listed { path, size })).is_ok()
            });
            if let Err(error) = walked {
                // Nobody may be there any more to be told.
                let _ = sender.blocking_send(Err(error).doing("listed"));
            }
        });
        Box::pin(stream::unfold(receiver, async |mut receiver| {
            Some((receiver.recv().await?, receiver))
        }))
    }
}

/// A file's content, part by part.
fn parts(file: File) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file, async |mut file| {
        let mut part = BytesMut::with_capacity(PART);
        let read = file.read_buf(&mut part).await?;
        Ok((read > 0).then(|| (part.freeze(), file)))
    })
}

/// Writes part by part: a file is never whole in memory.
async fn write(
    file: &mut File,
    content: Body,
    max_bytes: Option<u64>,
    room: &mut Reservation,
) -> Result<u64, StorageError> {
    let mut parts = content.into_data_stream();
    let mut written = 0;
    loop {
        let part = tokio::time::timeout(PATIENCE, parts.next()).await;
        let part = part.map_err(|_| StorageError::Stalled(PATIENCE))?;
        let Some(part) = part else {
            break;
        };
        let part = part.map_err(|_| StorageError::BrokeOff)?;
        written += part.len() as u64;
        if let Some(max_bytes) = max_bytes.filter(|max_bytes| written > *max_bytes) {
            return Err(StorageError::TooLarge(max_bytes));
        }
        room.grow(part.len() as u64)?;
        file.write_all(&part).await.doing("written")?;
    }
    file.flush().await.doing("written")?;
    Ok(written)
}

/// Deletes files that did not arrive whole before a time; other processes' may still arrive.
fn clear(folder: &Path, before_ms: i64) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let changed = entry.metadata()?.modified()?;
        let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
        if i64::try_from(changed.as_millis()).unwrap_or(i64::MAX) < before_ms {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_abandoned_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("half");
        std::fs::write(&path, "half").unwrap();
        let since_epoch = path.metadata().unwrap().modified().unwrap();
        let since_epoch = since_epoch.duration_since(UNIX_EPOCH).unwrap();
        let changed_ms = i64::try_from(since_epoch.as_millis()).unwrap();
        clear(folder.path(), changed_ms).unwrap();
        assert!(path.exists());
        clear(folder.path(), changed_ms + 1).unwrap();
        assert!(!path.exists());
        clear(&folder.path().join("missing"), 0).unwrap();
    }
}
