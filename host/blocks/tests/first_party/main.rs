//! The first-party components, built by `cargo xtask blocks`, in the real runtime and against
//! small servers on this machine.

mod google_sheets;
mod http_request;
mod openai;
mod sample;
mod script;
mod server;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use talkloom_blocks::{Grants, Runtime, Settings};

/// What components see as the time: 2023-11-14T22:13:20.123Z.
const NOW_MS: u64 = 1_700_000_000_123;

fn file(name: &str) -> PathBuf {
    let blocks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/assets/blocks");
    blocks.join(name).with_extension("wasm")
}

fn component(name: &str) -> Vec<u8> {
    let file = file(name);
    std::fs::read(&file)
        .unwrap_or_else(|_| panic!("{} is missing: run `cargo xtask blocks`", file.display()))
}

/// A runtime with these components, which may reach these addresses of this machine.
async fn runtime(names: &'static [&'static str], allow: &[SocketAddr]) -> Runtime {
    runtime_with(names, allow, |_| {}).await
}

async fn runtime_with(
    names: &'static [&'static str],
    allow: &[SocketAddr],
    change: impl FnOnce(&mut Settings),
) -> Runtime {
    let mut settings = Settings::new(Arc::new(|| NOW_MS));
    settings.cache_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-blocks"));
    settings.egress.allow = allow.to_vec();
    change(&mut settings);
    let install = move || {
        let runtime = Runtime::new(settings).expect("this machine runs sandboxes");
        for name in names {
            let installed = runtime.install(component(name), Grants::Declared);
            installed.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        runtime
    };
    tokio::task::spawn_blocking(install)
        .await
        .expect("nothing panics")
}

/// The whole of each component's surroundings is the contract: no WASI, nothing of a browser.
#[test]
fn components_import_the_contract_only() {
    for name in ["google-sheets", "http-request", "openai", "script"] {
        let bytes = component(name);
        let mut imports = Vec::new();
        let mut depth = 0;
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            match payload.expect("it parses") {
                wasmparser::Payload::ModuleSection { .. }
                | wasmparser::Payload::ComponentSection { .. } => depth += 1,
                wasmparser::Payload::End(_) => depth -= 1,
                wasmparser::Payload::ComponentImportSection(section) if depth == 0 => {
                    let names = section.into_iter().map(|i| i.expect("it parses").name);
                    imports.extend(names.map(|name| format!("{name:?}")));
                }
                _ => {}
            }
        }
        let foreign = imports
            .iter()
            .filter(|name| !name.contains("talkloom:block/"));
        assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
        assert!(!imports.is_empty(), "{name} imports nothing at all");
    }
}
