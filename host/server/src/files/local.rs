//! Files in a folder of this machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OnceCell, Semaphore};
use tower_http::services::ServeFile;

use super::storage::{Doing, Storage, StorageError, Upload};
use super::token::Signer;
use super::{FileKey, headers};
use crate::{Clock, Config, Entropy};

/// Where files stand while they arrive.
const INCOMING: &str = ".incoming";
/// How long a sender may pause, and how long one waits for others to be done.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that arrive at one time.
const ARRIVING: usize = 1_000;
/// How long one file may take to arrive.
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// What came this long ago and is not whole was abandoned.
const ABANDONED_MS: i64 = 24 * 60 * 60 * 1_000;

/// A folder of this machine.
pub struct LocalFolder {
    root: PathBuf,
    data: PathBuf,
    configured_key: String,
    signer: OnceCell<Signer>,
    arriving: Semaphore,
    clock: Clock,
    entropy: Entropy,
}

impl LocalFolder {
    /// The folder `files` in the data folder. Nothing is made before the first file comes.
    pub fn new(config: &Config, clock: &Clock, entropy: &Entropy) -> Self {
        Self {
            root: config.data.join("files"),
            data: config.data.clone(),
            configured_key: config.uploads.signing_key.clone(),
            signer: OnceCell::new(),
            arriving: Semaphore::new(ARRIVING),
            clock: clock.clone(),
            entropy: entropy.clone(),
        }
    }

    async fn signer(&self) -> Result<&Signer, StorageError> {
        let open = || async {
            if !self.configured_key.is_empty() {
                return Ok(Signer::with(self.configured_key.as_bytes()));
            }
            let (data, entropy) = (self.data.clone(), self.entropy.clone());
            blocking(move || Signer::open(&data, &entropy)).await
        };
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

    async fn sign(&self, base: &str, upload: Upload) -> Result<String, StorageError> {
        let token = self.signer().await?.sign(&upload);
        let token = token.map_err(std::io::Error::from).doing("signed for")?;
        Ok(format!("{base}/api/uploads/{token}"))
    }

    async fn verify(&self, token: &str) -> Result<Option<Upload>, StorageError> {
        Ok(self.signer().await?.verify(token, self.clock.now_ms()))
    }

    async fn put(&self, key: &FileKey, content: Body, max_bytes: u64) -> Result<u64, StorageError> {
        let place = tokio::time::timeout(PATIENCE, self.arriving.acquire()).await;
        let _place = place.map_err(|_| StorageError::Busy)?;
        // Until it is whole it has another name, and goes away when this is dropped.
        let (mut file, incoming) = self.incoming().await.doing("written")?;
        let writing = tokio::time::timeout(LONGEST, write(&mut file, content, max_bytes));
        let written = writing
            .await
            .map_err(|_| StorageError::Stalled(LONGEST))??;
        file.sync_all().await.doing("written")?;
        let path = self.path(key);
        let settle = move || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            incoming.persist(path).map_err(|error| error.error)
        };
        blocking(settle).await.doing("put in its place")?;
        Ok(written)
    }

    async fn get(&self, key: &FileKey, request: Request) -> Result<Response, StorageError> {
        // Whoever asks sets the type that was stored; this one only keeps anything from guessing.
        let mut file = ServeFile::new_with_mime(self.path(key), &headers::OPAQUE);
        let answer = file.try_call(request).await.doing("read")?;
        Ok(answer.map(Body::new).into_response())
    }

    async fn delete(&self, key: &FileKey) -> Result<(), StorageError> {
        match tokio::fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).doing("deleted")
            }
            _ => Ok(()),
        }
    }
}

/// Writes part by part: a file is never whole in memory.
async fn write(file: &mut File, content: Body, max_bytes: u64) -> Result<u64, StorageError> {
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
        if written > max_bytes {
            return Err(StorageError::TooLarge(max_bytes));
        }
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

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => Err(std::io::Error::other(broken)),
    }
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
