//! The entry: installs components and routes calls to them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use hyper_rustls::ConfigBuilderExt;
use ring::digest;
use talkloom_flow::catalog::Catalog;
use tokio::sync::{Semaphore, mpsc};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::compiled::CompiledCache;
use crate::egress::{Client, HostGrant, Policy, SystemResolver};
use crate::guests::Guests;
use crate::inspect::{Inspected, inspect};
use crate::install::{Entries, effective};
use crate::registry::Registry;
use crate::schema::Schemas;
use crate::state::CallState;
use crate::turns::Turns;
use crate::{
    BlockCall, Evaluation, Failure, Grants, Hearer, InstallError, Installed, Outcome, Script,
    ScriptError, Settings, calls, imports, invoke, sandbox,
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
    pub hearer: ArcSwapOption<Arc<dyn Hearer>>,
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
        let engine = sandbox::engine(limits.most_memory()).map_err(sandbox)?;
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
                hearer: ArcSwapOption::empty(),
                settings,
                engine,
                guests,
                turns,
                linker,
            }),
        })
    }

    /// Loads a component and makes it the active version of its block. Calls in flight end on the
    /// version they started with. Takes long, and blocks the thread.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn install(
        &self,
        wasm: impl AsRef<[u8]>,
        grants: Grants,
    ) -> Result<Arc<Installed>, InstallError> {
        let installed = self.load(wasm, grants)?;
        self.activate(installed.digest())?;
        Ok(installed)
    }

    /// Checks a component, compiles it unless the cache has it, and tries it out: from then on it can
    /// be called by its digest. Takes long, and blocks the thread.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn load(
        &self,
        wasm: impl AsRef<[u8]>,
        grants: Grants,
    ) -> Result<Arc<Installed>, InstallError> {
        let installed = self.prepare(wasm.as_ref(), &grants)?;
        let registry = &self.shared.registry;
        registry.rcu(|registry| registry.with(&installed));
        tracing::debug!(
            id = installed.manifest.id,
            version = installed.manifest.version,
            digest = installed.digest,
            "block loaded"
        );
        Ok(installed)
    }

    /// All that is done to a component before it is installed, with nothing granted: what is
    /// compiled stays in the cache. Takes long, and blocks the thread.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn try_install(&self, wasm: &[u8]) -> Result<Arc<Installed>, InstallError> {
        self.prepare(wasm, &Grants::Only(BTreeSet::new()))
    }

    fn prepare(&self, wasm: &[u8], grants: &Grants) -> Result<Arc<Installed>, InstallError> {
        let most = self.shared.settings.limits.component_bytes;
        let digest = digest_of(wasm);
        let compiled = self.compiled(&digest);
        let inspected = inspect(wasm, most, compiled.is_none())?;
        let component = match compiled {
            Some(component) => component,
            None => self.compile(&digest, wasm)?,
        };
        let installed = Arc::new(self.link(digest, &component, inspected, grants)?);
        self.try_out(&installed)?;
        Ok(installed)
    }

    /// Compiles a component into the cache without installing it. Takes long, and blocks the thread.
    ///
    /// # Errors
    /// What is wrong with the file, in a sentence for the operator.
    pub fn precompile(&self, wasm: &[u8]) -> Result<(), InstallError> {
        let digest = digest_of(wasm);
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

    /// Makes a loaded version the active one of its block; says whether it is loaded.
    ///
    /// # Errors
    /// Another block has one of its block types.
    pub fn activate(&self, digest: &str) -> Result<bool, InstallError> {
        let registry = self.shared.registry.load();
        let Some(installed) = registry.loaded(digest).cloned() else {
            return Ok(false);
        };
        registry.conflict(&installed)?;
        self.shared
            .registry
            .rcu(|registry| registry.with_active(&installed));
        tracing::info!(
            id = installed.manifest.id,
            version = installed.manifest.version,
            digest = installed.digest,
            "block active"
        );
        Ok(true)
    }

    /// Lets no version of a block be active any more; those that are loaded can be called by their
    /// digests.
    pub fn deactivate(&self, id: &str) {
        self.shared
            .registry
            .rcu(|registry| registry.without_active(id));
    }

    /// Changes what a loaded version is allowed. Calls in flight keep what they began with.
    pub fn grant(&self, digest: &str, grants: &Grants) {
        self.shared
            .registry
            .rcu(|registry| match registry.loaded(digest) {
                Some(installed) => registry.with(&Arc::new(installed.with_grants(grants))),
                None => (**registry).clone(),
            });
    }

    /// A version that is loaded.
    pub fn loaded(&self, digest: &str) -> Option<Arc<Installed>> {
        self.shared.registry.load().loaded(digest).cloned()
    }

    /// The version behind a block type: the pinned one, if it is loaded, or else the active one.
    pub fn find(&self, block_type: &str, pin: Option<&str>) -> Option<Arc<Installed>> {
        self.shared.registry.load().find(block_type, pin).cloned()
    }

    /// Whether this version stands behind a block type now.
    pub fn is_active(&self, block_type: &str, digest: &str) -> bool {
        let registry = self.shared.registry.load();
        let found = registry.find(block_type, None);
        found.is_some_and(|installed| installed.digest == digest)
    }

    /// Lets go of a version that is not active.
    pub fn unload(&self, digest: &str) {
        self.shared
            .registry
            .rcu(|registry| registry.without(digest));
    }

    /// Lets go of versions that are not active and that nobody called for so long; gives how many.
    pub fn unload_idle(&self, since: Duration) -> usize {
        let idle = self.shared.registry.load().idle(since, Instant::now());
        for digest in &idle {
            self.unload(digest);
        }
        idle.len()
    }

    /// Every version that is loaded.
    pub fn all_loaded(&self) -> Vec<Arc<Installed>> {
        self.shared.registry.load().all().cloned().collect()
    }

    /// Tells everything about blocks to this hearer from now on.
    pub fn tell(&self, hearer: Arc<dyn Hearer>) {
        self.shared.hearer.store(Some(Arc::new(hearer)));
    }

    /// What documents' readers must know of the active blocks.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.shared.registry.load().catalog().clone()
    }

    /// The active versions, by their ids.
    pub fn installed(&self) -> Vec<Arc<Installed>> {
        self.shared.registry.load().active().cloned().collect()
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
        let installed = self.handler(&call.block_type, call.digest.as_deref())?;
        calls::call(&self.shared, installed, call, live).await
    }

    /// The version that handles a block type: the pinned one, or else the active one.
    pub(crate) fn handler(
        &self,
        block_type: &str,
        pin: Option<&str>,
    ) -> Result<Arc<Installed>, Failure> {
        let found = self.find(block_type, pin);
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
        let script = self.shared.registry.load().script().cloned();
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
            Some(cache) => match &self.shared.settings.compiler {
                Some(compiler) => {
                    let code = compiler.run(wasm)?;
                    cache.keep(engine, digest, &code)
                }
                None => cache.compile(engine, digest, wasm),
            },
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
            entries: Arc::new(Entries::find(&instances, &inspected.exports).map_err(mismatch)?),
            hosts: Arc::new(HostGrant::new(&granted)),
            client: Client::new(shared.policy.clone(), shared.tls.clone()),
            turns: Arc::new(Semaphore::new(shared.settings.limits.calls_per_block)),
            breaker: Arc::default(),
            brief: AtomicBool::new(false),
            used: Mutex::new(Instant::now()),
            schemas: Arc::new(Schemas::of(&inspected.manifest)),
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
}

impl From<Arc<Shared>> for Runtime {
    fn from(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

/// The name of a component's file: its SHA-256, in hex.
pub(crate) fn digest_of(wasm: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, wasm))
}

fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_webpki_roots()
        .with_no_client_auth())
}
