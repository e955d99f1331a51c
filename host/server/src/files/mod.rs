//! Files that visitors send: where they are kept, what they are called, and how they are read.
//!
//! Everything in them is a stranger's: they are served so that no browser runs them.

mod headers;
mod key;
mod local;
mod read;
mod storage;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use key::FileKey;
pub use local::LocalFolder;
pub use storage::{Storage, StorageError, Upload};

use crate::{App, Clock, Config, Entropy};

/// The storage of visitors' files. Cheap to clone.
#[derive(Clone)]
pub struct Files(Arc<dyn Storage>);

impl Files {
    /// The storage that the operator chose.
    pub fn new(config: &Config, clock: &Clock, entropy: &Entropy) -> Self {
        Self(Arc::new(LocalFolder::new(config, clock, entropy)))
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

/// `/files/…`: public files.
pub fn routes() -> Router<App> {
    Router::new().route("/files/{*path}", get(read::public))
}
