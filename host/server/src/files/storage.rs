//! What a place for files can do: a folder of this machine, or a store that speaks S3.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use talkloom_store::StoredFile;

use super::FileKey;

/// A place for files.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Makes ready, and clears away what a server left that was stopped in between.
    async fn prepare(&self) -> Result<(), StorageError>;

    /// Tries the place out: writes, reads and deletes a small file. Gives what an operator should
    /// know, a sentence each.
    async fn check(&self) -> Result<Vec<String>, StorageError>;

    /// Tries whether pages of these origins may send files past this server, where they do; without
    /// any, what the place says of itself counts. Gives what an operator should know, a sentence each.
    async fn check_browsers(&self, _origins: &[String]) -> Result<Vec<String>, StorageError> {
        Ok(Vec::new())
    }

    /// Whether pages send their files past this server, which is not told when one has arrived.
    fn is_direct(&self) -> bool;

    /// Whether a file of this size would fit.
    async fn has_room(&self, bytes: u64) -> Result<bool, StorageError>;

    /// Signs a permission to send one file; gives the address to send it to by `PUT`. `base` is
    /// the address of this server.
    async fn sign_upload(&self, base: &str, upload: Upload) -> Result<String, StorageError>;

    /// Reads a permission that was signed here; none where it is forged or too old.
    async fn verify_upload(&self, token: &str) -> Result<Option<Upload>, StorageError>;

    /// Signs a permission to read one file: an address that works for `ttl` (seconds, a week at
    /// most) for whoever has it. `base` is the address of this server.
    async fn signed_read(
        &self,
        base: &str,
        key: &FileKey,
        shown: &Shown,
        ttl: Duration,
    ) -> Result<String, StorageError>;

    /// Reads a permission of [`Storage::signed_read`] that leads to this server; none where it is
    /// forged or too old.
    async fn verify_read(&self, token: &str) -> Result<Option<ReadPermit>, StorageError>;

    /// Stores what arrives, whole or not at all; gives the bytes. An older file makes place.
    async fn put(
        &self,
        key: &FileKey,
        media_type: &str,
        content: Body,
        max_bytes: Option<u64>,
    ) -> Result<u64, StorageError>;

    /// Answers a request for a file from this server; what it says of ranges and of changes counts.
    async fn serve(&self, key: &FileKey, request: Request) -> Result<Response, StorageError>;

    /// Opens a file to be read from its beginning; none where there is none.
    async fn open(&self, key: &FileKey) -> Result<Option<OpenFile>, StorageError>;

    /// A file's bytes; none where there is none.
    async fn size(&self, key: &FileKey) -> Result<Option<u64>, StorageError>;

    /// Deletes a file; one that is not there counts as deleted.
    async fn delete(&self, key: &FileKey) -> Result<(), StorageError>;

    /// All files in a folder and the folders in it; an empty name means every file there is.
    fn list(&self, folder: &str) -> BoxStream<'_, Result<Listed, StorageError>>;
}

/// A permission to send one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Where it goes.
    pub file_path: String,
    /// Whose bot asks for it.
    pub workspace_id: String,
    /// The media type that it is sent with; empty where the sender did not say.
    pub file_type: String,
    /// The most bytes.
    pub max_file_size: u64,
    /// Its bytes, where the sender said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
    /// The last moment: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

/// A permission to read one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadPermit {
    /// Where it is.
    pub file_path: String,
    /// How it is shown.
    pub shown: Shown,
    /// The last moment: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

/// How a file is shown to whoever reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// The media type that it came with.
    pub media_type: String,
    /// Whether only people of the workspace may read it.
    pub is_private: bool,
    /// The name to save it under; none: it is shown, where that is safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub save_as: Option<String>,
}

impl From<&StoredFile> for Shown {
    fn from(file: &StoredFile) -> Self {
        Self {
            media_type: file.media_type.clone(),
            is_private: file.is_private,
            save_as: None,
        }
    }
}

/// A file that is being read.
pub struct OpenFile {
    /// Its bytes.
    pub size: u64,
    /// What is in it.
    pub content: Body,
}

/// A file in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// Its bytes.
    pub size: u64,
}

/// Why a file was not stored or found.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// More arrived than was permitted.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// The operator's limit for all files together is reached.
    #[error("there is no room for more files: storage.quota_mb is reached")]
    Full,
    /// The sender went away.
    #[error("the file broke off")]
    BrokeOff,
    /// The sender stopped sending, or is too slow.
    #[error("the file did not arrive within {0:?}")]
    Stalled(Duration),
    /// Too many files arrive at once.
    #[error("too many files arrive at once")]
    Busy,
    /// The disk failed or is full.
    #[error("the file could not be {action}")]
    Disk {
        /// What was being done.
        action: &'static str,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The store refused or could not be reached.
    #[error("the file could not be {action}: the store at storage.s3 failed")]
    Remote {
        /// What was being done.
        action: &'static str,
        /// The store's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Names what was being done when the disk failed.
pub(super) trait Doing<T> {
    fn doing(self, action: &'static str) -> Result<T, StorageError>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, action: &'static str) -> Result<T, StorageError> {
        self.map_err(|source| StorageError::Disk { action, source })
    }
}
