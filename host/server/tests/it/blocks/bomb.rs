//! Components that are made to exhaust whoever compiles them: the process that compiles ends, and
//! its host says why.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use talkloom_blocks::{Compiler, Grants, InstallError, Runtime, Settings};

use super::{Does, append, append_manifest, code, leb};

/// A component that carries another module, which is never run but compiled all the same: so many
/// functions with this body, from one number to another.
fn bomb(functions: usize, body: &[u8]) -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // One type: (i64) -> i64.
    append(&mut module, 1, &[1, 0x60, 1, 0x7e, 1, 0x7e]);
    let mut types = Vec::new();
    leb(&mut types, functions);
    types.resize(types.len() + functions, 0);
    append(&mut module, 3, &types);
    let mut codes = Vec::new();
    leb(&mut codes, functions);
    for _ in 0..functions {
        // No locals, the body, its end.
        leb(&mut codes, body.len() + 2);
        codes.push(0);
        codes.extend_from_slice(body);
        codes.push(0x0b);
    }
    append(&mut module, 10, &codes);
    let mut wasm = code(&Does::Traps);
    append(&mut wasm, 1, &module);
    append_manifest(
        &mut wasm,
        &json!({
            "id": "acme/bomb", "version": "1.0.0", "contract": "0.1", "name": "Bomb",
            "provides": ["actions"],
            "blocks": [{"type": "Bomb", "name": "Bomb", "actions": ["run"]}],
            "actions": [{"name": "run", "options": {}}],
        }),
    );
    wasm
}

/// Takes the parameter, multiplies and divides it many times, and so on.
fn sums(times: usize) -> Vec<u8> {
    let mut body = vec![0x20, 0];
    for _ in 0..times {
        // local.get 0, i64.mul, local.get 0, i64.xor, i64.popcnt, local.get 0, i64.div_u
        body.extend_from_slice(&[0x20, 0, 0x7e, 0x20, 0, 0x85, 0x7b, 0x20, 0, 0x80]);
    }
    body
}

/// Tens of thousands of functions.
fn many() -> Vec<u8> {
    bomb(40_000, &sums(4))
}

/// One function that is very long.
fn long() -> Vec<u8> {
    bomb(1, &sums(300_000))
}

/// Thousands of blocks within each other.
fn nested() -> Vec<u8> {
    let depth = 60_000;
    let mut body = [0x02, 0x40].repeat(depth);
    body.extend(std::iter::repeat_n(0x0b, depth));
    body.extend_from_slice(&[0x20, 0]);
    bomb(1, &body)
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

fn refusal(runtime: &Runtime, wasm: Vec<u8>) -> String {
    match runtime.load(wasm, Grants::Declared) {
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
    let why = refusal(&small, many());
    assert!(why.contains("48 MiB of memory"), "{why}");
    let slow = runtime(cache("time"), 2_048, 1, minute);
    for wasm in [many(), long()] {
        let why = refusal(&slow, wasm);
        assert!(
            why.contains("processor time") || why.contains("short of"),
            "{why}"
        );
    }
    let hasty = runtime(cache("wall"), 2_048, 60, Duration::from_millis(300));
    let why = refusal(&hasty, many());
    assert!(why.contains("it takes more than"), "{why}");
    let usual = runtime(cache("usual"), 1_024, 120, Duration::from_secs(240));
    let deep = usual.load(nested(), Grants::Declared);
    assert!(
        deep.is_ok() || matches!(deep, Err(InstallError::Compile(_))),
        "{deep:?}"
    );
    // What is no bomb is compiled, and the next time taken from the cache.
    let fine = bomb(1, &sums(1));
    for _ in 0..2 {
        usual.load(&fine, Grants::Declared).expect("it is compiled");
    }
    let stingy = runtime(cache("usual"), 1, 1, Duration::ZERO);
    stingy
        .load(&fine, Grants::Declared)
        .expect("it is in the cache");
}
