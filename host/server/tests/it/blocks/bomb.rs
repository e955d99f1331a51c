//! Components that are made to exhaust whoever compiles them: the process that compiles ends, and
//! its host says why.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use talkloom_blocks::{Compiler, Grants, InstallError, Runtime, Settings};

use super::component::{CONTRACT, component};
use super::{Does, core};

/// Thousands of blocks within each other.
fn nested() -> String {
    let depth = 60_000;
    let deep = format!("(func {}{})", "block ".repeat(depth), "end ".repeat(depth));
    with(&deep)
}

/// Tens of thousands of functions.
fn many() -> String {
    let one = "(func (param i64) (result i64) local.get 0 i64.const 7 i64.mul local.get 0 i64.xor \
               i64.popcnt local.get 0 i64.div_u)";
    with(&one.repeat(40_000))
}

/// A function that takes very long to find registers for.
fn wide() -> String {
    let mut body = String::new();
    for place in 0..20_000 {
        body.push_str(&format!(
            "(local.set {} (i64.mul (local.get {}) (i64.add (local.get {}) (i64.const {place}))))",
            place % 900,
            (place * 7) % 900,
            (place * 13) % 900
        ));
    }
    with(&format!("(func (local {}) {body})", "i64 ".repeat(900)))
}

fn with(more: &str) -> String {
    let module = core(&Does::Traps);
    let end = module.rfind(')').expect("it is a module");
    format!("{}{more})", &module[..end])
}

fn bomb(core: &str) -> Vec<u8> {
    let manifest = json!({
        "id": "acme/bomb", "version": "1.0.0", "contract": "0.1", "name": "Bomb",
        "provides": ["actions"],
        "blocks": [{"type": "Bomb", "name": "Bomb", "actions": ["run"]}],
        "actions": [{"name": "run", "options": {}}],
    });
    component(core, CONTRACT, "action-block", &manifest)
}

fn runtime(folder: PathBuf, memory_mib: u64, cpu_s: u64, wall: Duration) -> Runtime {
    let mut settings = Settings::new(Arc::new(|| 0));
    settings.cache_dir = Some(folder);
    let arguments = [
        "compile-block".to_owned(),
        format!("--memory-mib={memory_mib}"),
        format!("--cpu-s={cpu_s}"),
    ];
    settings.compiler = Some(Compiler {
        program: PathBuf::from(env!("CARGO_BIN_EXE_talkloom")),
        arguments: arguments.into(),
        memory_mib,
        wall,
    });
    Runtime::new(settings).expect("the sandbox starts")
}

fn refusal(runtime: &Runtime, core: &str) -> String {
    match runtime.load(bomb(core), Grants::Declared) {
        Err(InstallError::Compile(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bomb_ends_the_process_that_compiles_it_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = |name: &str| folder.path().join(name);
    let minute = Duration::from_secs(60);
    let small = runtime(cache("memory"), 48, 60, minute);
    let why = refusal(&small, &many());
    assert!(why.contains("48 MiB of memory"), "{why}");
    let slow = runtime(cache("time"), 2_048, 1, minute);
    for core in [many(), wide()] {
        let why = refusal(&slow, &core);
        assert!(
            why.contains("processor time") || why.contains("short of"),
            "{why}"
        );
    }
    let hasty = runtime(cache("wall"), 2_048, 60, Duration::from_millis(300));
    let why = refusal(&hasty, &many());
    assert!(why.contains("it takes more than"), "{why}");
    let usual = runtime(cache("usual"), 1_024, 120, Duration::from_secs(240));
    let deep = usual.load(bomb(&nested()), Grants::Declared);
    assert!(
        deep.is_ok() || matches!(deep, Err(InstallError::Compile(_))),
        "{deep:?}"
    );
    // What is no bomb is compiled, and the next time taken from the cache.
    let fine = bomb(&core(&Does::Traps));
    for _ in 0..2 {
        usual.load(&fine, Grants::Declared).expect("it is compiled");
    }
    let stingy = runtime(cache("usual"), 1, 1, Duration::ZERO);
    stingy
        .load(&fine, Grants::Declared)
        .expect("it is in the cache");
}
