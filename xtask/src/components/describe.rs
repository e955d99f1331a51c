//! Has a core module describe itself, and takes that function out again.

use anyhow::{Context, Result, anyhow, bail};
use talkloom_manifest::Manifest;
use wasmi::{Caller, Config, Engine, ExternType, Linker, Module, Store, Val};

use super::encode::provides;

/// The function that gives the manifest: address in the upper half, length in the lower one.
const EXPORT: &str = "talkloom:manifest";
/// More than any description needs.
const FUEL: u64 = 500_000_000;

/// Runs the function in an interpreter whose every import fails.
pub fn run(core: &[u8]) -> Result<Manifest> {
    let mut config = Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, core)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(FUEL)?;
    let instance = closed(&engine, &module)?.instantiate_and_start(&mut store, &module)?;
    let describe = instance
        .get_typed_func::<(), u64>(&store, EXPORT)
        .context("it does not describe itself: use talkloom_block::block!, or add manifest.json")?;
    let place = describe.call(&mut store, ())?;
    let memory = instance
        .get_memory(&store, "memory")
        .context("it exports no memory")?;
    let start = usize::try_from(place >> 32)?;
    let len = usize::try_from(place & u64::from(u32::MAX))?;
    let text = memory
        .data(&store)
        .get(start..start.saturating_add(len))
        .context("its manifest lies outside of its memory")?;
    if let Some(complaint) = text.strip_prefix(b"!") {
        bail!("{}", String::from_utf8_lossy(complaint));
    }
    Manifest::parse(text).map_err(|error| anyhow!(error))
}

/// Links every import to a failure.
fn closed(engine: &Engine, module: &Module) -> Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let (interface, name) = (import.module().to_owned(), import.name().to_owned());
        let ExternType::Func(ty) = import.ty() else {
            bail!("it imports {interface} {name}, which is no function");
        };
        let said = format!("a description must not call {interface} {name}");
        let refuse =
            move |_: Caller<'_, ()>, _: &[Val], _: &mut [Val]| Err(wasmi::Error::new(said.clone()));
        linker.func_new(&interface, &name, ty.clone(), refuse)?;
    }
    Ok(linker)
}

/// Takes the function out, and the interfaces that the manifest does not provide, with all that
/// only they need.
pub fn remove(core: &[u8], manifest: &Manifest) -> Result<Vec<u8>> {
    let mut config = walrus::ModuleConfig::new();
    config.generate_producers_section(false);
    let mut module = config.parse(core)?;
    module.exports.remove(EXPORT)?;
    let exports = module.exports.iter();
    let needless = exports.filter(|export| !provides(manifest, &export.name));
    for export in needless.map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}
