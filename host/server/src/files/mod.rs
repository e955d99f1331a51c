//! Files that visitors send: where they are kept, what they are called, and how they are read.
//!
//! Everything in them is a stranger's: they are served so that no browser runs them.

mod headers;
mod key;
mod local;
mod quota;
mod read;
mod s3;
mod settle;
mod storage;
mod token;
mod walk;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

pub use key::{COMPONENTS, FileKey};
pub use local::LocalFolder;
pub use s3::Bucket;
pub use settle::{SettleError, Swept, settle_result, sweep};
pub use storage::{Listed, OpenFile, ReadPermit, Shown, Storage, StorageError, Upload};
pub(crate) use token::{Permission, Signer};

use crate::{App, Clock, Config, Entropy};

/// The storage of visitors' files. Cheap to clone.
#[derive(Clone)]
pub struct Files(Arc<dyn Storage>);

impl Files {
    /// The storage that the operator chose.
    pub fn new(config: &Config, clock: &Clock, entropy: &Entropy) -> Self {
        let s3 = &config.storage.s3;
        if s3.bucket.is_empty() {
            return Self(Arc::new(LocalFolder::new(config, clock, entropy)));
        }
        Self(Arc::new(Bucket::new(s3, clock, entropy)))
    }

    /// Stores what a stream brings, whole or not at all; gives the bytes. For what this server
    /// makes, such as an export: it has no limit but the operator's.
    pub async fn write(
        &self,
        key: &FileKey,
        media_type: &str,
        content: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<u64, StorageError> {
        self.put(key, media_type, Body::from_stream(content), None)
            .await
    }

    /// Deletes all files in a folder and the folders in it; gives how many there were.
    pub async fn delete_folder(&self, folder: &str) -> Result<u64, StorageError> {
        let mut listed = self.list(folder);
        let mut deleted = 0;
        while let Some(file) = listed.next().await {
            if let Some(key) = FileKey::parse(&file?.path) {
                self.delete(&key).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}

impl std::ops::Deref for Files {
    type Target = dyn Storage;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// `/api/typebots/…`: private files, for those who show an API token.
pub fn api_routes() -> Router<App> {
    Router::new().route(
        "/typebots/{bot_id}/results/{result_id}/blocks/{block_id}/{name}",
        get(read::private),
    )
}

/// `/files/…`: public files, and any file for those who have a signed address.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/files/signed/{token}", get(read::signed))
        .route("/files/{*path}", get(read::public))
}

/// Work on the disk, beside the threads that serve.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => Err(std::io::Error::other(broken)),
    }
}
