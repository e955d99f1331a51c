//! The components' files in the storage, each under its digest.

use anyhow::{Context, Result, bail};
use axum::body::{Body, to_bytes};
use talkloom_store::BlockId;

use super::find::digest_of;
use crate::files::{COMPONENTS, FileKey, Files};

/// No component is larger.
const MOST_BYTES: usize = 64 << 20;

fn key(id: &str) -> FileKey {
    FileKey::new([COMPONENTS], &format!("{id}.wasm"))
}

/// Stores a component, unless it is there.
pub(super) async fn put(files: &Files, digest: &str, wasm: &[u8]) -> Result<()> {
    let key = key(digest);
    if files.size(&key).await? == u64::try_from(wasm.len()).ok() {
        return Ok(());
    }
    let content = Body::from(wasm.to_vec());
    let put = files.put(&key, "application/wasm", content, None).await;
    put.context("The block's file could not be stored.")?;
    Ok(())
}

/// Reads a component; what was changed is refused.
pub(super) async fn read(files: &Files, id: &BlockId) -> Result<Vec<u8>> {
    let found = files.open(&key(id.as_str())).await?;
    let Some(file) = found else {
        bail!("The block's file blocks/{id}.wasm is not in the storage. Install it again.");
    };
    let wasm = to_bytes(file.content, MOST_BYTES).await;
    let wasm = wasm.context("The block's file could not be read.")?;
    if digest_of(&wasm) != id.as_str() {
        bail!("The block's file blocks/{id}.wasm was changed. Install it again.");
    }
    Ok(wasm.into())
}

/// Deletes a component.
pub(super) async fn delete(files: &Files, id: &BlockId) -> Result<()> {
    Ok(files.delete(&key(id.as_str())).await?)
}
