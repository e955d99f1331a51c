//! The sandbox, and the components that a server comes with in it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use talkloom_blocks::{Compiler, Grants, Runtime, Settings};

use super::Component;
use crate::{Clock, Config};

/// Where components are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compiling {
    /// In this process.
    Here,
    /// In a child of this program, which may take only so much memory and time.
    InChild,
}

/// What a child that compiles may take: the memory in MiB and the processor time in seconds.
const MEMORY_MIB: u64 = 1_024;
const CPU_S: u64 = 120;
/// The same from its start to its end; other work may keep it waiting.
const WALL: Duration = Duration::from_secs(240);

/// Sets the sandbox up, with nothing in it.
pub fn sandbox(config: &Config, clock: &Clock, compiling: Compiling) -> Result<Runtime> {
    let clock = clock.clone();
    let now = Arc::new(move || u64::try_from(clock.now_ms()).unwrap_or_default());
    let mut settings = Settings::new(now);
    settings.cache_dir = Some(config.block_cache());
    settings.egress = config.egress.parse()?;
    settings.compiler = (compiling == Compiling::InChild).then(compiler);
    Runtime::new(settings).context("The sandbox for blocks could not be set up.")
}

fn compiler() -> Compiler {
    let arguments = [
        "compile-block",
        "--memory-mib",
        &MEMORY_MIB.to_string(),
        "--cpu-s",
        &CPU_S.to_string(),
    ];
    Compiler {
        // This very program, also where its file was replaced by a newer one.
        program: PathBuf::from("/proc/self/exe"),
        arguments: arguments.map(str::to_owned).into(),
        memory_mib: MEMORY_MIB,
        wall: WALL,
    }
}

/// Sets the sandbox up and installs the components, each compiled here unless the cache has it.
pub fn start(config: &Config, clock: &Clock, components: Vec<Component>) -> Result<Runtime> {
    start_with(config, clock, components, Compiling::Here)
}

/// The same, compiling as the caller says: only in the program itself can it be in a child.
pub fn start_with(
    config: &Config,
    clock: &Clock,
    components: Vec<Component>,
    compiling: Compiling,
) -> Result<Runtime> {
    let runtime = sandbox(config, clock, compiling)?;
    for component in components {
        let name = component.name;
        runtime
            .install(&component.wasm, Grants::Declared)
            .with_context(|| format!("The block {name} cannot be installed."))?;
    }
    Ok(runtime)
}
