//! Components that come with the server are entered in the books once: from then on the operator may
//! go back to older ones, and bots that were published with them keep them after an update.

use std::collections::BTreeSet;

use anyhow::Result;
use talkloom_blocks::grant_names;
use talkloom_manifest::Manifest;
use talkloom_store::repository::NewBlock;
use talkloom_store::repository::block_state::OLD;
use talkloom_store::{BlockId, InstalledBlock, Repositories, StoreError};

use super::find::{digest_of, manifest};
use super::{find, shelf};
use crate::App;
use crate::bus::Topic;

/// Enters the components of this server that are not known yet, as the active versions; says whether
/// there were any.
pub async fn register(app: &App) -> Result<bool> {
    let rows = app.store.reader().installed_blocks().all().await?;
    let known: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let running = app.blocks.installed();
    if running.iter().all(|one| known.contains(one.digest())) {
        return Ok(false);
    }
    let mut has_entered = false;
    for component in find(&app.config)? {
        let digest = digest_of(&component.wasm);
        if known.contains(digest.as_str()) {
            continue;
        }
        let manifest = manifest(&component)?;
        shelf::put(&app.files, &digest, &component.wasm).await?;
        match enter(app, &manifest, digest, component.wasm.len()).await {
            Ok(()) => has_entered = true,
            // Another process was quicker.
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        clear_away(app, &rows, &manifest.id).await?;
    }
    if has_entered {
        app.bus.publish(&Topic::Blocks, "");
    }
    Ok(has_entered)
}

async fn enter(
    app: &App,
    manifest: &Manifest,
    digest: String,
    bytes: usize,
) -> talkloom_store::Result<()> {
    let now_ms = app.clock.now_ms();
    let id = BlockId(digest);
    let tx = app.store.begin().await?;
    let blocks = tx.installed_blocks();
    let new = NewBlock {
        id: id.clone(),
        name: manifest.id.clone(),
        version: manifest.version.clone(),
        manifest: serde_json::to_string(manifest).unwrap_or_default(),
        size: i64::try_from(bytes).unwrap_or(i64::MAX),
        is_first_party: true,
        installed_by: None,
    };
    blocks.add(new, now_ms).await?;
    for permission in &manifest.permissions {
        for name in grant_names(&permission.kind) {
            blocks.grant(&id, &name, None, now_ms).await?;
        }
    }
    blocks.activate(&id, now_ms).await?;
    let version = (manifest.id.as_str(), manifest.version.as_str());
    let done = blocks.note(version, "came with the server", None, None, now_ms);
    done.await?;
    tx.commit().await
}

/// Older versions that no published bot is locked to: every build of a developer would leave one.
async fn clear_away(app: &App, rows: &[InstalledBlock], name: &str) -> Result<()> {
    let mut older: Vec<_> = rows
        .iter()
        .filter(|row| row.name == name && row.is_first_party && row.state == OLD)
        .collect();
    // The last one stays: it is the way back.
    older.sort_by_key(|row| row.activated_at);
    older.pop();
    for row in older {
        let tx = app.store.begin().await?;
        let blocks = tx.installed_blocks();
        if !blocks.is_locked(&row.id).await? && blocks.remove(&row.id).await? {
            tx.commit().await?;
            shelf::delete(&app.files, &row.id).await?;
        }
    }
    Ok(())
}
