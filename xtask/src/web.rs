//! Builds the web pages: Rust to WebAssembly, bindings, styles, fonts and icons under hashed names.
//!
//! Everything lands in `target/assets/web/viewer`, ready to be served: what has a hash in its name
//! never changes, and `index.html` names the rest. A build whose sources are unchanged does nothing.

mod assets;
mod bundle;
mod node;
mod paths;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use assets::Assets;
use xshell::Shell;

use crate::step::root;
use crate::toolchain::{TARGET, WasmToolchain};

/// Where the server finds the viewer's files.
const BASE: &str = "/_assets/viewer/";

/// How the pages are built.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Quick to build and large, for work on the pages.
    #[arg(long)]
    pub dev: bool,
}

/// Builds the pages, unless they are up to date.
pub fn build(sh: &Shell, options: &Options) -> Result<()> {
    let root = root();
    let out = root.join("target/assets/web/viewer");
    let modules = node::install(&root.join("web"))?;
    let started = Instant::now();
    compile(sh, options)?;
    let profile = if options.dev { "debug" } else { "wasm" };
    let module = target_dir(&root)
        .join(TARGET)
        .join(profile)
        .join("talkloom-viewer.wasm");
    let (wasm, bindings) = bind(&module)?;
    let mut assets = Assets::new(BASE, !options.dev);
    bundle::viewer(&mut assets, &root.join("web"), &modules, wasm, bindings)?;
    if assets.write(&out)? {
        println!(
            "Built the viewer in {:.1} s: {}",
            started.elapsed().as_secs_f32(),
            assets.summary()
        );
    } else {
        println!("The viewer is up to date: {}", assets.summary());
    }
    Ok(())
}

fn compile(sh: &Shell, options: &Options) -> Result<()> {
    let toolchain = WasmToolchain::find(sh)?;
    let profile = if options.dev { "dev" } else { "wasm" };
    let build = toolchain
        .build(sh, profile)
        .args(["--package", "talkloom-viewer"])
        .args(["--config", &paths::remap()?]);
    build.quiet().run().context("compiling the viewer")
}

/// Makes the JavaScript that a browser needs to run the module, by the library behind the tool of
/// the same name: its version is the crate's, so the two cannot differ.
fn bind(module: &Path) -> Result<(Vec<u8>, String)> {
    let mut output = Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("making the viewer's bindings")?;
    let bindings = output.js().to_owned();
    Ok((output.wasm_mut().emit_wasm(), bindings))
}

fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
