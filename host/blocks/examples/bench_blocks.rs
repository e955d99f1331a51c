//! What a fresh sandbox costs: the smallest block called through the runtime, beside bare wasmtime
//! doing the same with the same component; and `1+1` in the script component, where it is built.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use talkloom_blocks::{BlockCall, Grants, Runtime, Script, Settings};
use wasmtime::component::{Component, Linker};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, StoreLimits,
    StoreLimitsBuilder, UpdateDeadline,
};

#[path = "../tests/support/component.rs"]
mod component;

const ROUNDS: usize = 20;
const CALLS: usize = 1_000;

/// A block that does nothing and says that it is done.
const SMALLEST: &str = r#"
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    global.get $next
    i32.const 7
    i32.add
    i32.const -8
    i32.and
    local.tee $at
    local.get 3
    i32.add
    global.set $next
    local.get $at)
  (func (export "talkloom:block/actions@0.1.0#run") (param i32) (result i32)
    i32.const 1024))
"#;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "talkloom:block/action-block",
        exports: { default: async },
        require_store_data_send: true,
    });
}

use bindings::exports::talkloom::block::actions::{Call, GuestIndices};
use bindings::talkloom::block::types::{Channel, Context};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let executor = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    executor.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let manifest = json!({
        "id": "talkloom/smallest", "version": "1.0.0", "contract": "0.1", "name": "Smallest",
        "provides": ["actions"],
        "blocks": [{"type": "smallest", "name": "Smallest", "actions": ["run"]}],
        "actions": [{"name": "run", "options": {}}],
    });
    let wasm = component::component(SMALLEST, component::CONTRACT, "action-block", &manifest);
    let runtime = Runtime::new(Settings::new(Arc::new(|| 0)))?;
    runtime.install(wasm.clone(), Grants::Declared)?;
    let bare = Bare::new(&wasm)?;

    // Turn by turn, so that what else the machine does falls on both alike.
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for _ in 0..CALLS {
            let call = BlockCall {
                block_type: "smallest".into(),
                action: "run".into(),
                options: json!({"action": "run"}),
                ..BlockCall::default()
            };
            let started = Instant::now();
            runtime.call(call, None).await?;
            ours.push(started.elapsed());
        }
        for _ in 0..CALLS {
            let started = Instant::now();
            bare.call().await?;
            theirs.push(started.elapsed());
        }
    }
    let (ours, theirs) = (Percentiles::of(ours), Percentiles::of(theirs));
    let script = script(&runtime).await?;

    let mut report = String::from("                          p50        p99\n");
    let mut row = |name: &str, times: Percentiles| {
        writeln!(
            report,
            "{name:<20} {:>7.1} µs {:>7.1} µs",
            times.p50, times.p99
        )
    };
    row("block, runtime", ours)?;
    row("block, bare wasmtime", theirs)?;
    if let Some(script) = script {
        row("script 1+1", script)?;
    }
    let line = json!({
        "bench": "blocks",
        "p50_us": ours.p50,
        "p99_us": ours.p99,
        "bare_p50_us": theirs.p50,
        "ratio_p50": ours.p50 / theirs.p50,
        "script_p50_us": script.map(|times| times.p50),
    });
    println!("{report}{line}");
    Ok(())
}

async fn script(runtime: &Runtime) -> Result<Option<Percentiles>, Box<dyn std::error::Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/assets/blocks/script.wasm");
    let Ok(wasm) = std::fs::read(&path) else {
        return Ok(None);
    };
    runtime.install(wasm, Grants::Declared)?;
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let script = Script {
            code: "return 1+1".into(),
            ..Script::default()
        };
        let started = Instant::now();
        let evaluation = runtime.evaluate(script).await?;
        times.push(started.elapsed());
        assert_eq!(evaluation.value, Some(json!(2)));
    }
    Ok(Some(Percentiles::of(times)))
}

/// The same work with wasmtime alone: pooled, interruptible, limited, a fresh instance per call.
struct Bare {
    engine: Engine,
    entry: GuestIndices,
    instances: wasmtime::component::InstancePre<StoreLimits>,
    call: Call,
}

impl Bare {
    fn new(wasm: &[u8]) -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::default();
        pool.max_memory_size(128 << 20);
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component)?;
        let instances = linker.instantiate_pre(&component)?;
        let context = Context {
            workspace: String::new(),
            bot: String::new(),
            result: None,
            channel: Channel::Web,
            locale: None,
        };
        Ok(Self {
            engine,
            entry: GuestIndices::new(&instances)?,
            instances,
            call: Call {
                action: "run".into(),
                options: r#"{"action":"run"}"#.into(),
                credential: None,
                variables: Vec::new(),
                submission: None,
                context,
            },
        })
    }

    async fn call(&self) -> wasmtime::Result<()> {
        let limits = StoreLimitsBuilder::new().memory_size(64 << 20).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Interrupt));
        let instance = self.instances.instantiate_async(&mut store).await?;
        let guest = self.entry.load(&mut store, &instance)?;
        guest
            .call_run(&mut store, &self.call)
            .await?
            .map(drop)
            .map_err(|failure| wasmtime::format_err!("{failure:?}"))
    }
}

#[derive(Clone, Copy)]
struct Percentiles {
    p50: f64,
    p99: f64,
}

impl Percentiles {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_nanos() as f64 / 1e3;
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}
