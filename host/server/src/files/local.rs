//! Files in a folder of this machine.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::OnceCell;
use tower_http::services::ServeFile;

use super::storage::{Doing, Storage, StorageError, Upload};
use super::token::Signer;
use super::{FileKey, headers};
use crate::{Clock, Config, Entropy};

/// Where files stand while they arrive.
const INCOMING: &str = ".incoming";
/// How long a sender may pause.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of this machine.
pub struct LocalFolder {
    root: PathBuf,
    data: PathBuf,
    configured_key: String,
    signer: OnceCell<Signer>,
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
    async fn sign(&self, base: &str, upload: Upload) -> Result<String, StorageError> {
        let token = self.signer().await?.sign(&upload);
        let token = token.map_err(std::io::Error::from).doing("signed for")?;
        Ok(format!("{base}/api/uploads/{token}"))
    }

    async fn verify(&self, token: &str) -> Result<Option<Upload>, StorageError> {
        Ok(self.signer().await?.verify(token, self.clock.now_ms()))
    }

    async fn put(&self, key: &FileKey, content: Body, max_bytes: u64) -> Result<u64, StorageError> {
        // Until it is whole it has another name, and goes away when this is dropped.
        let (mut file, incoming) = self.incoming().await.doing("written")?;
        let written = write(&mut file, content, max_bytes).await?;
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

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => Err(std::io::Error::other(broken)),
    }
}
