//! Brings this process's sandbox to what the database says.

use std::collections::BTreeSet;

use anyhow::Result;
use talkloom_store::Repositories;
use talkloom_store::repository::block_state::ACTIVE;

use super::life::{Known, View};
use crate::App;

/// Reads what is installed, and loads, activates, allows and lets go of what changed. A version that
/// cannot be loaded leaves the one that runs in its place.
pub(super) async fn sync(app: &App) -> Result<()> {
    let view = read(app).await?;
    let before = app.life.view();
    let runtime = &app.blocks;
    for (digest, known) in &view.versions {
        let had = before.versions.get(digest).map(|known| &known.grants);
        if had != Some(&known.grants) && runtime.loaded(digest).is_some() {
            runtime.grant(digest, &known.allowed());
        }
    }
    let active: BTreeSet<&str> = active(&view).map(|known| known.row.name.as_str()).collect();
    let named = |view: &View| -> BTreeSet<String> {
        let names = view.versions.values();
        names.map(|known| known.row.name.clone()).collect()
    };
    // Blocks that the database never had came with this server, and are entered in a moment.
    for name in named(&view).union(&named(&before)) {
        if !active.contains(name.as_str()) {
            runtime.deactivate(name);
        }
    }
    for known in active_last_changed(&view) {
        if let Err(error) = activate(app, known).await {
            let (block, version) = (&known.row.name, &known.row.version);
            let error = format!("{error:#}");
            tracing::error!(
                block,
                version,
                error,
                "a block cannot be used: another version stays"
            );
        }
    }
    for digest in before.versions.keys() {
        if !view.versions.contains_key(digest) {
            runtime.unload(digest);
        }
    }
    app.life.replace(view);
    Ok(())
}

fn active(view: &View) -> impl Iterator<Item = &Known> {
    view.versions
        .values()
        .filter(|known| known.row.state == ACTIVE)
}

/// What was activated first goes first: it keeps block types that another wants too.
fn active_last_changed(view: &View) -> Vec<&Known> {
    let mut known: Vec<_> = active(view).collect();
    known.sort_by_key(|known| known.row.activated_at);
    known
}

async fn activate(app: &App, known: &Known) -> Result<()> {
    let digest = known.row.id.as_str();
    let running = app.blocks.installed();
    if running.iter().any(|one| one.digest() == digest) {
        return Ok(());
    }
    app.life.load(&app.blocks, &app.files, known).await?;
    app.blocks.activate(digest)?;
    Ok(())
}

async fn read(app: &App) -> Result<View> {
    let reader = app.store.reader();
    let blocks = reader.installed_blocks();
    // First: what changes from here on is seen by the next look.
    let revision = blocks.revision().await?;
    let (rows, grants) = (blocks.all().await?, blocks.all_grants().await?);
    Ok(View::of(
        revision,
        rows,
        grants,
        blocks.switched_off().await?,
    ))
}
