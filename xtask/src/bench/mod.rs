//! `cargo xtask bench …`: each prints a table and ends with one line of JSON.

use anyhow::Result;
use clap::Subcommand;
use xshell::{Shell, cmd};

use crate::build;
use crate::step::step;

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// A fresh sandbox per call, beside bare wasmtime doing the same.
    Blocks,
    /// Turns per second and latencies over HTTP.
    Chat,
    /// One turn of the engine without I/O.
    Engine,
}

/// Builds what is measured and measures it.
///
/// # Errors
/// When it does not build, or the bench cannot run.
pub fn run(sh: &Shell, bench: Bench) -> Result<()> {
    match bench {
        Bench::Blocks => {
            build::blocks(sh)?;
            example(sh, "talkloom-blocks", "bench_blocks", &[])
        }
        Bench::Chat => {
            let talkloom = build::all(sh, true)?;
            let path = talkloom.display().to_string();
            example(sh, "talkloom", "bench_chat", &[&path])
        }
        Bench::Engine => example(sh, "talkloom-engine", "bench_engine", &[]),
    }
}

/// Builds an example optimised and runs it.
fn example(sh: &Shell, package: &str, name: &str, args: &[&str]) -> Result<()> {
    step("Building the bench", || {
        Ok(
            cmd!(sh, "cargo build --release -p {package} --example {name}")
                .quiet()
                .run()?,
        )
    })?;
    Ok(cmd!(sh, "target/release/examples/{name} {args...}")
        .quiet()
        .run()?)
}
