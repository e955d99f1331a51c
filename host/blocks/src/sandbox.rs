//! The engine that all blocks share: which WebAssembly is accepted, how instances are pooled, and
//! the clock that interrupts them.

use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result};

/// How often a running guest is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// The most instances at one time; calls beyond wait.
pub(crate) const INSTANCES: u32 = 256;

/// What stays resident of an instance's memory and stack when its slot is used again: clearing
/// this much by hand is cheaper than giving it back to the kernel.
const RESIDENT_BYTES: usize = 64 << 10;

/// A guest's stack with what the host's functions need on it, which is much in an unoptimised
/// build. Untouched pages cost nothing.
const STACK_BYTES: usize = 2 << 20;

/// Makes the engine and starts its ticker.
pub(crate) fn engine(max_memory_bytes: usize) -> Result<Engine> {
    let engine = Engine::new(&config(max_memory_bytes))?;
    start_ticker(&engine)?;
    Ok(engine)
}

/// An engine that only compiles: it makes code for [`engine`], and reserves no memory for instances.
pub(crate) fn compiling() -> Result<Engine> {
    let mut config = code();
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

fn config(max_memory_bytes: usize) -> Config {
    let mut config = code();
    let pool = InstanceAllocationStrategy::Pooling(pool(max_memory_bytes));
    config.allocation_strategy(pool);
    config
}

/// What compiled code depends on.
fn code() -> Config {
    let mut config = Config::new();
    config
        .memory_init_cow(true)
        .epoch_interruption(true)
        .max_wasm_stack(512 << 10)
        .async_stack_size(STACK_BYTES)
        .generate_address_map(false)
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false)
        .concurrency_support(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .wasm_component_model(true);
    config
}

fn pool(max_memory_bytes: usize) -> PoolingAllocationConfig {
    // A component is made of its own module and small ones that adapt its imports.
    const CORE_INSTANCES: u32 = 8;
    const TABLES: u32 = 4;
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES)
        .total_stacks(INSTANCES)
        .total_memories(INSTANCES)
        .total_core_instances(INSTANCES * CORE_INSTANCES)
        .total_tables(INSTANCES * TABLES)
        .max_core_instances_per_component(CORE_INSTANCES * 2)
        .max_memories_per_component(1)
        .max_memories_per_module(1)
        .max_tables_per_component(TABLES * 2)
        .max_memory_size(max_memory_bytes)
        .table_elements(20_000)
        .max_unused_warm_slots(64)
        .linear_memory_keep_resident(RESIDENT_BYTES)
        .table_keep_resident(RESIDENT_BYTES)
        .async_stack_keep_resident(RESIDENT_BYTES);
    pool
}

/// A thread of its own: a timer of an executor would wait for the very guests it is to interrupt.
fn start_ticker(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("block-ticker".into())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::park_timeout(TICK);
            }
        })?;
    Ok(())
}
