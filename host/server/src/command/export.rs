//! `talkloom export ID`: prints a bot's file.

use anyhow::Result;
use talkloom_store::WorkspaceId;

use super::open_store;
use crate::{Config, bots};

pub(super) async fn export(config: &Config, id: &str) -> Result<()> {
    let store = open_store(config).await?;
    let document = bots::export(&store, &WorkspaceId::default(), id).await?;
    store.close().await;
    println!("{document:#}");
    Ok(())
}
