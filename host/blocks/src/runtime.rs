//! The entry: installs components and routes calls to them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use hyper_rustls::ConfigBuilderExt;
use ring::digest;
use talkloom_flow::catalog::{BlockSpec, Catalog};
use talkloom_manifest::Manifest;
use tokio::sync::{Semaphore, mpsc};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::compiled::CompiledCache;
use crate::egress::{Client, HostGrant, Policy, SystemResolver};
use crate::guests::Guests;
use crate::inspect::{Inspected, inspect};
use crate::install::{Entries, effective};
use crate::schema::Schemas;
use crate::state::CallState;
use crate::turns::Turns;
use crate::{
    BlockCall, Evaluation, Failure, Grants, InstallError, Installed, Outcome, Script, ScriptError,
    Settings, calls, catalog, imports, invoke, sandbox,
};

/// Runs blocks. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) shared: Arc<Shared>,
}

/// What all calls share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub engine: Engine,
    pub guests: Guests,
    pub turns: Turns,
    linker: Linker<CallState>,
    cache: Option<CompiledCache>,
    pub policy: Arc<Policy>,
    tls: Arc<rustls::ClientConfig>,
    registry: ArcSwap<Registry>,
}

/// The components in use.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    pub blocks: BTreeMap<String, Arc<Installed>>,
    pub script: Option<Arc<Installed>>,
    specs: Arc<Catalog>,
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
    /// The machine does not let sandboxes run.
    #[error("Sandboxes for blocks cannot be set up on this machine: {0}.")]
    Sandbox(String),
    /// No threads, or no encryption.
    #[error("Blocks cannot be run on this machine: {0}.")]
    Machine(String),
}

impl Runtime {
    /// Sets the sandbox up.
    ///
    /// # Errors
    /// The machine cannot run sandboxes, or the cache's folder cannot be used.
    pub fn new(settings: Settings) -> Result<Self, StartError> {
        let limits = &settings.limits;
        let sandbox = |error: wasmtime::Error| StartError::Sandbox(format!("{error:#}"));
        let engine = sandbox::engine(limits.memory_bytes.max(limits.script_memory_bytes))
            .map_err(sandbox)?;
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker).map_err(sandbox)?;
        let cache = settings.cache_dir.as_deref().map(|folder| {
            CompiledCache::open(folder).map_err(|source| StartError::Cache {
                folder: folder.to_owned(),
                source,
            })
        });
        let resolver = settings.resolver.clone();
        let policy = Policy::new(
            settings.egress.clone(),
            resolver.unwrap_or_else(|| Arc::new(SystemResolver)),
            limits.resolve,
            limits.connect,
        );
        let machine = |error: &dyn std::error::Error| StartError::Machine(error.to_string());
        let guests = Guests::start(settings.threads).map_err(|error| machine(&error))?;
        // Half of the places are for the scripts that calls wait for.
        let places = usize::try_from(sandbox::INSTANCES / 2).unwrap_or(usize::MAX);
        let turns = Turns::new(places, limits.calls_per_workspace, limits.queue);
        let tls = tls().map_err(|error| machine(&error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                cache: cache.transpose()?,
                policy: Arc::new(policy),
                tls: Arc::new(tls),
                registry: ArcSwap::default(),
                settings,
                engine,
                guests,
                turns,
                linker,
            }),
        })
    }

    /// Checks a component, compiles it, and puts it in the place of an older version of itself.
    /// Calls in flight end on the version they started with. Takes long, and blocks the thread.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn install(
        &self,
        wasm: impl AsRef<[u8]>,
        grants: Grants,
    ) -> Result<Arc<Installed>, InstallError> {
        let wasm = wasm.as_ref();
        let most = self.shared.settings.limits.component_bytes;
        let digest = hex::encode(digest::digest(&digest::SHA256, wasm));
        let compiled = self.compiled(&digest);
        let inspected = inspect(wasm, most, compiled.is_none())?;
        let component = match compiled {
            Some(component) => component,
            None => self.compile(&digest, wasm)?,
        };
        let installed = Arc::new(self.link(digest, &component, inspected, &grants)?);
        self.try_out(&installed)?;
        self.activate(&installed)?;
        tracing::info!(
            id = installed.manifest.id,
            version = installed.manifest.version,
            digest = installed.digest,
            "block installed"
        );
        Ok(installed)
    }

    /// Compiles a component into the cache without installing it. Takes long, and blocks the thread.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn precompile(&self, wasm: &[u8]) -> Result<(), InstallError> {
        let digest = hex::encode(digest::digest(&digest::SHA256, wasm));
        if self.compiled(&digest).is_some() {
            return Ok(());
        }
        inspect(wasm, self.shared.settings.limits.component_bytes, true)?;
        self.compile(&digest, wasm).map(drop)
    }

    /// Connections that no block shares.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.shared.policy.clone(), self.shared.tls.clone())
    }

    /// What documents' readers must know of the installed blocks.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.shared.registry.load().specs.clone()
    }

    /// The components that are installed, by their ids.
    pub fn installed(&self) -> Vec<Arc<Installed>> {
        let registry = self.shared.registry.load();
        let all = registry.blocks.values().chain(&registry.script);
        let by_id: BTreeMap<&str, &Arc<Installed>> =
            all.map(|one| (one.manifest.id.as_str(), one)).collect();
        by_id.into_values().cloned().collect()
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
        let installed = self.handler(&call.block_type)?;
        calls::call(&self.shared, installed, call, live).await
    }

    /// The component that handles a block type.
    pub(crate) fn handler(&self, block_type: &str) -> Result<Arc<Installed>, Failure> {
        let found = self.shared.registry.load().blocks.get(block_type).cloned();
        found.ok_or_else(|| Failure::NotInstalled(block_type.to_owned()))
    }

    /// Runs JavaScript in the script sandbox.
    ///
    /// # Errors
    /// What the code threw, or why it could not be run.
    pub async fn evaluate(&self, script: Script) -> Result<Evaluation, ScriptError> {
        let installed = self.script()?;
        let turn = self
            .shared
            .turns
            .take(&installed.turns, &script.workspace)
            .await?;
        calls::evaluate(&self.shared, installed, script, turn).await
    }

    /// The same for a call that has a turn already.
    pub(crate) async fn evaluate_nested(&self, script: Script) -> Result<Evaluation, ScriptError> {
        let installed = self.script()?;
        let turn = self.shared.turns.take_nested(&installed.turns).await?;
        calls::evaluate(&self.shared, installed, script, turn).await
    }

    fn script(&self) -> Result<Arc<Installed>, Failure> {
        let script = self.shared.registry.load().script.clone();
        script.ok_or_else(|| Failure::NotInstalled("script".into()))
    }

    /// What the cache has of a file.
    fn compiled(&self, digest: &str) -> Option<Component> {
        let cache = self.shared.cache.as_ref()?;
        cache.find(&self.shared.engine, digest)
    }

    fn compile(&self, digest: &str, wasm: &[u8]) -> Result<Component, InstallError> {
        let engine = &self.shared.engine;
        let compiled = match &self.shared.cache {
            Some(cache) => cache.compile(engine, digest, wasm),
            None => Component::from_binary(engine, wasm),
        };
        compiled.map_err(|error| InstallError::Compile(format!("{error:#}")))
    }

    fn link(
        &self,
        digest: String,
        component: &Component,
        inspected: Inspected,
        grants: &Grants,
    ) -> Result<Installed, InstallError> {
        let mismatch = |error: wasmtime::Error| InstallError::Mismatch(format!("{error:#}"));
        let shared = &self.shared;
        let instances = shared.linker.instantiate_pre(component).map_err(mismatch)?;
        let granted = effective(&inspected.manifest, grants);
        Ok(Installed {
            digest,
            entries: Entries::find(&instances, &inspected.exports).map_err(mismatch)?,
            hosts: Arc::new(HostGrant::new(&granted)),
            client: Client::new(shared.policy.clone(), shared.tls.clone()),
            turns: Arc::new(Semaphore::new(shared.settings.limits.calls_per_block)),
            brief: AtomicBool::new(false),
            schemas: Schemas::of(&inspected.manifest),
            manifest: inspected.manifest,
            granted,
            instances,
        })
    }

    /// Instantiates it once with everything denied: a start function that fails is found now.
    fn try_out(&self, installed: &Arc<Installed>) -> Result<(), InstallError> {
        let limits = &self.shared.settings.limits;
        let usage = calls::usage(&installed.manifest, limits);
        let state = CallState::new(self.shared.clone(), installed.clone(), None, usage);
        let trial = invoke::within(limits.action_wall, invoke::try_out(state));
        match self.shared.guests.block_on(trial) {
            Some(Ok(Ok(()))) => {
                installed.brief.store(true, Ordering::Relaxed);
                Ok(())
            }
            Some(Ok(Err(mismatch))) => Err(InstallError::Mismatch(mismatch)),
            Some(Err(failure)) => Err(InstallError::Start(failure)),
            None => Err(InstallError::Start(Failure::Busy)),
        }
    }

    fn activate(&self, installed: &Arc<Installed>) -> Result<(), InstallError> {
        let manifest = &installed.manifest;
        let claimed = |registry: &Registry| {
            manifest.blocks.iter().find_map(|block| {
                let owner = registry.blocks.get(&block.block_type)?;
                (owner.manifest.id != manifest.id).then(|| InstallError::Claimed {
                    block_type: block.block_type.clone(),
                    owner: owner.manifest.id.clone(),
                })
            })
        };
        if let Some(conflict) = claimed(&self.shared.registry.load()) {
            return Err(conflict);
        }
        self.shared
            .registry
            .rcu(|registry| registry.with(installed));
        Ok(())
    }
}

impl From<Arc<Shared>> for Runtime {
    fn from(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Registry {
    fn with(&self, installed: &Arc<Installed>) -> Self {
        let manifest: &Manifest = &installed.manifest;
        let mut blocks = self.blocks.clone();
        blocks.retain(|_, other| other.manifest.id != manifest.id);
        for block in &manifest.blocks {
            blocks.insert(block.block_type.clone(), installed.clone());
        }
        let script = match &installed.entries.script {
            Some(_) => Some(installed.clone()),
            None => self.script.clone(),
        };
        let distinct: BTreeMap<&str, &Arc<Installed>> = blocks
            .values()
            .map(|one| (one.manifest.id.as_str(), one))
            .collect();
        let specs: BTreeMap<String, Arc<BlockSpec>> = distinct
            .into_values()
            .flat_map(|one| catalog::block_specs(&one.manifest))
            .collect();
        Self {
            specs: Arc::new(Catalog { blocks: specs }),
            blocks,
            script,
        }
    }
}

fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_webpki_roots()
        .with_no_client_auth())
}
