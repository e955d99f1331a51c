//! The blocks: each loads, and what was compiled can be kept.

use std::sync::Arc;

use super::{Health, Told, broken};
use crate::blocks::Compiling;
use crate::{Clock, Config, blocks};

pub(super) async fn check(config: Arc<Config>) -> Told {
    let components =
        blocks::find(&config).map_err(|error| broken("The blocks cannot be read:", error))?;
    if components.is_empty() {
        let told = "No blocks were found: integrations are passed over. Check blocks.dir.";
        return Ok((Health::Warning, told.into()));
    }
    let count = components.len();
    let cache = config.block_cache();
    let starting = tokio::task::spawn_blocking(move || {
        blocks::start_with(&config, &Clock::system(), components, Compiling::InChild).map(drop)
    });
    let started = starting
        .await
        .map_err(|error| broken("The blocks broke off:", error))?;
    started.map_err(|error| broken("Not all blocks can be used:", error))?;
    if tempfile::tempfile_in(&cache).is_err() {
        let told = format!(
            "All {count} blocks load, but {} cannot be written to: each start compiles them anew.",
            cache.display()
        );
        return Ok((Health::Warning, told));
    }
    Ok((Health::Ok, format!("All {count} blocks load.")))
}
