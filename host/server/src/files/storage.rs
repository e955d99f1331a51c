//! What a place for files can do; a folder of this machine is one.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::FileKey;

/// A place for files.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Signs a permission to send one file; gives the address to send it to by `PUT`. `base` is
    /// the address of this server.
    async fn sign(&self, base: &str, upload: Upload) -> Result<String, StorageError>;

    /// Reads a permission that was signed here; none where it is forged or too old.
    async fn verify(&self, token: &str) -> Result<Option<Upload>, StorageError>;

    /// Stores what arrives, whole or not at all; gives the bytes. An older file makes place.
    async fn put(&self, key: &FileKey, content: Body, max_bytes: u64) -> Result<u64, StorageError>;

    /// Answers a request for a file; what it says of ranges and of changes counts.
    async fn get(&self, key: &FileKey, request: Request) -> Result<Response, StorageError>;

    /// Deletes a file; one that is not there counts as deleted.
    async fn delete(&self, key: &FileKey) -> Result<(), StorageError>;
}

/// A permission to send one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Where it goes.
    pub file_path: String,
    /// Whose bot asks for it.
    pub workspace_id: String,
    /// Its media type.
    pub file_type: String,
    /// The most bytes.
    pub max_file_size: u64,
    /// The last moment: milliseconds since 1970, UTC.
    pub expires_at: i64,
}

/// Why a file was not stored or found.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// More arrived than was permitted.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// The sender went away.
    #[error("the file broke off")]
    BrokeOff,
    /// The sender stopped sending.
    #[error("nothing arrived for {0:?}")]
    Stalled(Duration),
    /// The disk failed or is full.
    #[error("the file could not be {action}")]
    Disk {
        /// What was being done.
        action: &'static str,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
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
