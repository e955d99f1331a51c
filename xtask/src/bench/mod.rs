//! `cargo xtask bench …`: each prints a table and ends with one line of JSON.

use anyhow::Result;
use clap::Subcommand;
use xshell::{Shell, cmd};

use crate::step::step;
use crate::{build, system, web};

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// A fresh sandbox per call, beside bare wasmtime doing the same.
    Blocks,
    /// Turns per second and latencies over HTTP.
    Chat,
    /// Time from a start to the first answer, and memory while nobody asks.
    Start,
    /// One turn of the engine without I/O.
    Engine,
    /// Jobs that do nothing: how many a second, and how soon each begins.
    Jobs,
}

/// Builds what is measured and measures it.
///
/// # Errors
/// When it does not build, or the bench cannot run.
pub fn run(sh: &Shell, bench: Bench) -> Result<()> {
    match bench {
        Bench::Blocks => {
            build::blocks(sh)?;
            example(
                sh,
                "talkloom-blocks",
                "bench_blocks",
                &["target/assets/blocks/script.wasm"],
            )
        }
        Bench::Chat => {
            build::blocks(sh)?;
            build::web(sh, &web::Options::default())?;
            system::databases(sh)?;
            example(sh, "talkloom", "bench_chat", &["target/release/talkloom"])
        }
        Bench::Start => {
            build::blocks(sh)?;
            build::web(sh, &web::Options::default())?;
            example(sh, "talkloom", "bench_start", &["target/release/talkloom"])
        }
        Bench::Jobs => {
            system::databases(sh)?;
            example(sh, "talkloom", "bench_jobs", &[])
        }
        Bench::Engine => example(sh, "talkloom-engine", "bench_engine", &[]),
    }
}

/// Builds an example optimised, with its package's binaries, and runs it.
fn example(sh: &Shell, package: &str, name: &str, args: &[&str]) -> Result<()> {
    step("Building the bench", || {
        Ok(cmd!(
            sh,
            "cargo build --release -p {package} --lib --bins --example {name}"
        )
        .quiet()
        .run()?)
    })?;
    Ok(cmd!(sh, "target/release/examples/{name} {args...}")
        .quiet()
        .run()?)
}
