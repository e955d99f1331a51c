//! Files that are not what they must be: each is refused at install, with a sentence.

#[expect(dead_code, reason = "other test files use the rest")]
mod support;

use serde_json::{Value, json};
use talkloom_blocks::{Grants, InstallError};
use wasmtime::{Config, Engine};

fn refusal(wasm: Vec<u8>) -> String {
    let runtime = support::runtime(&[]);
    let refused = runtime.install(wasm, Grants::Declared);
    assert!(runtime.installed().is_empty());
    refused.expect_err("it must be refused").to_string()
}

fn expect(wasm: Vec<u8>, words: &str) {
    let sentence = refusal(wasm);
    assert!(
        sentence.contains(words),
        "{sentence:?} does not say {words:?}"
    );
}

#[test]
fn files_that_are_no_component_are_refused() {
    expect(Vec::new(), "not a valid WebAssembly component");
    expect(
        b"MZ this is something else".to_vec(),
        "not a valid WebAssembly component",
    );
    expect(
        wat::parse_str("(module)").unwrap(),
        "plain WebAssembly module",
    );
    let whole = support::hostile("quiet", &[]);
    for length in [8, 100, whole.len() / 2] {
        expect(whole[..length].to_vec(), "");
    }
    let large = vec![0; support::limits().component_bytes + 1];
    expect(large, "at most 16 are allowed");
}

#[test]
fn compiled_code_is_refused() {
    let engine = Engine::new(&Config::new()).unwrap();
    let compiled = engine
        .precompile_component(&support::hostile("quiet", &[]))
        .unwrap();
    expect(compiled, "compiled code");
}

#[test]
fn manifests_are_read_strictly() {
    let mut two = support::hostile("quiet", &[]);
    support::component::append_manifest(&mut two, &support::manifest("quiet", &[]));
    expect(two, "more than one manifest");
    let none = wat::parse_str("(component)").unwrap();
    expect(none.clone(), "no manifest");
    for broken in [json!({}), json!([]), json!({"id": "Not An Id"})] {
        let mut wasm = none.clone();
        support::component::append_manifest(&mut wasm, &broken);
        expect(wasm, "manifest is not valid");
    }
    let mut huge = none.clone();
    support::component::append_manifest(&mut huge, &Value::from("x".repeat(300 << 10)));
    expect(huge, "manifest is not valid");
    let mut empty = none;
    support::component::append_manifest(&mut empty, &support::manifest("quiet", &[]));
    expect(empty, "does not export it");
}

#[test]
fn imports_must_be_known_and_declared() {
    expect(
        support::hostile("fetch", &[]),
        "does not ask for that permission",
    );
    let wit = "package acme:disk@1.0.0; interface files { wipe: func(); }";
    let world = format!(
        "{}\nworld hostile {{ import acme:disk/files@1.0.0; export actions; }}",
        support::CONTRACT
    );
    let wasm = support::hostile_with("unknown_import", &nested(&world, wit));
    expect(wasm, "does not offer");
}

#[test]
fn features_that_are_off_are_refused() {
    for module in [
        "(memory 1) (memory 1)",
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(type (struct))",
    ] {
        let text = format!("(component (core module {module}))");
        let mut wasm = wat::parse_str(&text).unwrap();
        support::component::append_manifest(&mut wasm, &support::manifest("quiet", &[]));
        expect(wasm, "not a valid WebAssembly component");
    }
}

#[test]
fn right_names_with_wrong_types_are_refused() {
    let wit = "package talkloom:block@0.1.0;
        interface actions { run: func(call: string) -> string; }
        world hostile { export actions; }";
    let runtime = support::runtime(&[]);
    let wasm = support::hostile_with("wrong_type", wit);
    match runtime.install(wasm, Grants::Declared) {
        Err(InstallError::Mismatch(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_block_type_has_one_owner() {
    let runtime = support::runtime(&[]);
    runtime
        .install(support::hostile("quiet", &[]), Grants::Declared)
        .unwrap();
    runtime
        .install(support::hostile("quiet", &[]), Grants::Declared)
        .unwrap();
    assert_eq!(runtime.installed().len(), 1);
    assert!(runtime.catalog().blocks.contains_key("quiet"));
    let mut manifest = support::manifest("quiet", &[]);
    manifest["id"] = json!("other/quiet");
    let wasm = support::with_manifest("quiet", &manifest);
    let refused = runtime.install(wasm, Grants::Declared).unwrap_err();
    assert!(
        refused.to_string().contains("belongs to hostile/quiet"),
        "{refused}"
    );
}

/// A package that others in the same text may use.
fn nested(main: &str, other: &str) -> String {
    let other = other.replacen(';', " {", 1);
    format!("{main}\n{other} }}")
}
