//! A first-party component whose manifest says something else: the same code with accounts that are
//! connected by signing in.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wasmparser::{Parser, Payload};

const SECTION: &str = "talkloom:manifest";

/// Puts components into a folder: scripts as they are, and the model's with a changed manifest.
pub fn install(folder: &Path, change: impl FnOnce(&mut Value)) {
    let script = std::fs::read(built("script")).expect("the blocks are built");
    std::fs::write(folder.join("script.wasm"), script).expect("it can be written");
    let model = std::fs::read(built("openai")).expect("the blocks are built");
    let changed = with_manifest(&model, change);
    std::fs::write(folder.join("model.wasm"), changed).expect("it can be written");
}

fn built(name: &str) -> PathBuf {
    let blocks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/assets/blocks");
    blocks.join(name).with_extension("wasm")
}

fn with_manifest(wasm: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CustomSection(section) = payload.expect("it parses") else {
            continue;
        };
        if section.name() != SECTION {
            continue;
        }
        let mut manifest = serde_json::from_slice(section.data()).expect("it is JSON");
        change(&mut manifest);
        let content = section.range();
        // Before the content stand the section's kind and its length.
        let begin = content.start - 1 - length(content.len()).len();
        let mut changed = wasm[..begin].to_vec();
        changed.extend_from_slice(&wasm[content.end..]);
        changed.extend(custom_section(manifest.to_string().as_bytes()));
        return changed;
    }
    panic!("the component has no manifest");
}

fn custom_section(data: &[u8]) -> Vec<u8> {
    let mut content = length(SECTION.len());
    content.extend_from_slice(SECTION.as_bytes());
    content.extend_from_slice(data);
    let mut section = vec![0];
    section.extend(length(content.len()));
    section.extend(content);
    section
}

/// A number as WebAssembly writes it (LEB128).
fn length(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
