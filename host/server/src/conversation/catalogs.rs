//! What is installed, under the name that the journal has for it.
//!
//! How a block's options are prepared stands in its manifest, so a turn depends on what is
//! installed while it runs. The journal names that by a digest; the content is stored once.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use talkloom_flow::catalog::Catalog;
use talkloom_store::Repositories;

use super::turn::TurnError;
use crate::App;

/// Bytes of the digest that become the name: enough for the few catalogs of an installation.
const NAME_BYTES: usize = 8;

/// The catalog that is in use, and its name.
#[derive(Default)]
pub struct Catalogs(Mutex<Option<Named>>);

/// A catalog whose content is stored under its name.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) catalog: Arc<Catalog>,
    pub(super) name: Arc<str>,
}

impl Catalogs {
    /// What is installed now.
    pub(super) async fn current(&self, app: &App) -> Result<Named, TurnError> {
        let catalog = app.blocks.catalog();
        if let Some(named) = self.known(&catalog) {
            return Ok(named);
        }
        Box::pin(self.store(app, catalog)).await
    }

    async fn store(&self, app: &App, catalog: Arc<Catalog>) -> Result<Named, TurnError> {
        let content = serde_json::to_string(&*catalog)?;
        let name = name_of(&content);
        let tx = app.store.begin().await?;
        tx.catalogs().add(&name, &content).await?;
        tx.commit().await?;
        let named = Named {
            catalog,
            name: name.into(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(named.clone());
        Ok(named)
    }

    fn known(&self, catalog: &Arc<Catalog>) -> Option<Named> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref();
        known
            .filter(|known| Arc::ptr_eq(&known.catalog, catalog))
            .cloned()
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
