//! What is installed, under the name that the journal has for it.
//!
//! How a block's options are prepared stands in its manifest, so a turn depends on what is
//! installed while it runs. The journal names that by a digest; the content is stored once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use talkloom_flow::catalog::Catalog;
use talkloom_store::Repositories;

use super::turn::TurnError;
use crate::App;
use crate::blocks::Pins;

/// Bytes of the digest that become the name: enough for the few catalogs of an installation.
const NAME_BYTES: usize = 8;
/// Catalogs in memory; beyond that they are named anew.
const KEPT: usize = 500;

/// The catalogs in use, and their names.
#[derive(Default)]
pub struct Catalogs(Mutex<Kept>);

/// What was named while the same blocks were active.
#[derive(Default)]
struct Kept {
    active: Option<Arc<Catalog>>,
    /// By the versions of a bot that are not the active ones; the active ones under no name.
    named: HashMap<String, Named>,
}

/// A catalog whose content is stored under its name.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) catalog: Arc<Catalog>,
    pub(super) name: Arc<str>,
}

impl Catalogs {
    /// What is installed for a bot that was published with these versions.
    pub(super) async fn of(&self, app: &App, pins: &Pins) -> Result<Named, TurnError> {
        let active = app.blocks.catalog();
        let (key, own) = match app.life.catalog(&app.blocks, pins) {
            Some((key, own)) => (key, Some(own)),
            None => (String::new(), None),
        };
        let known = {
            let mut kept = self.lock();
            let is_same = kept
                .active
                .as_ref()
                .is_some_and(|one| Arc::ptr_eq(one, &active));
            if !is_same {
                kept.named.clear();
                kept.active = Some(Arc::clone(&active));
            }
            kept.named.get(&key).cloned()
        };
        match known {
            Some(named) => Ok(named),
            None => {
                let catalog = own.map_or(active, Arc::new);
                Box::pin(self.store(app, key, catalog)).await
            }
        }
    }

    async fn store(
        &self,
        app: &App,
        key: String,
        catalog: Arc<Catalog>,
    ) -> Result<Named, TurnError> {
        let content = serde_json::to_string(&*catalog)?;
        let name = name_of(&content);
        let tx = app.store.begin().await?;
        tx.catalogs().add(&name, &content).await?;
        tx.commit().await?;
        let named = Named {
            catalog,
            name: name.into(),
        };
        let mut kept = self.lock();
        if kept.named.len() >= KEPT {
            kept.named.clear();
        }
        kept.named.insert(key, named.clone());
        Ok(named)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name_of(content: &str) -> String {
    let digest = Sha256::digest(content);
    digest
        .iter()
        .take(NAME_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
