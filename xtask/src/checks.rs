//! `cargo xtask test`: every check and test, as CI runs them.

use anyhow::Result;
use services::DATABASE;
use xshell::{Shell, cmd};

use crate::build;
use crate::servers::Servers;
use crate::step::{root, step};
use crate::toolchain::WasmToolchain;
use crate::{system, web};

/// Runs everything, the quick checks first.
///
/// # Errors
/// At the first check that fails.
pub fn test(sh: &Shell, browser: bool) -> Result<()> {
    step("Checking the format", || {
        Ok(cmd!(sh, "cargo fmt --all --check").quiet().run()?)
    })?;
    build::blocks(sh)?;
    build::web(sh, &web::Options::default())?;
    step(
        "Checking that document and engine compile for browsers",
        || {
            let toolchain = WasmToolchain::find(sh)?;
            Ok(toolchain
                .check(sh)
                .args(["-p", "talkloom-engine"])
                .quiet()
                .run()?)
        },
    )?;
    step("Linting", || {
        Ok(
            cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings")
                .quiet()
                .run()?,
        )
    })?;
    step("Linting the fuzz targets", || {
        let fuzz = "fuzz/Cargo.toml";
        Ok(cmd!(
            sh,
            "cargo clippy --manifest-path {fuzz} --target-dir target --all-targets -- -D warnings"
        )
        .quiet()
        .run()?)
    })?;
    let servers = Servers::start(sh)?;
    servers.announce(sh);
    step("Building the tests and running them", || native(sh))?;
    step(
        "Running the tests of store and server on PostgreSQL",
        || on_postgres(sh),
    )?;
    // The tests' build made it; building it alone would compile its dependencies once more.
    let talkloom = root().join("target/debug/talkloom");
    step("Trying the API with schemathesis", || {
        crate::api::test(sh, &talkloom)
    })?;
    if browser {
        step("Walking the demo bot in a browser", || {
            crate::browser::test(sh, &talkloom)
        })?;
    }
    Ok(())
}

/// The Rust tests, by cargo-nextest where it is installed.
fn native(sh: &Shell) -> Result<()> {
    if system::find(&["cargo-nextest"]).is_some() {
        cmd!(sh, "cargo nextest run --workspace --no-fail-fast")
            .quiet()
            .run()?;
        cmd!(sh, "cargo test --workspace --doc --quiet")
            .quiet()
            .run()?;
    } else {
        cmd!(sh, "cargo test --workspace --no-fail-fast")
            .quiet()
            .run()?;
    }
    Ok(())
}

/// The tests that keep data once more, in the second setting.
fn on_postgres(sh: &Shell) -> Result<()> {
    let _setting = sh.push_env(DATABASE, "postgres");
    if system::find(&["cargo-nextest"]).is_some() {
        // Of the whole workspace, as before: else dependencies are compiled once more. Faults and
        // jobs choose their databases themselves.
        let kept = "(package(talkloom-store) + package(talkloom)) & binary(it) - test(/^faults::/)";
        cmd!(sh, "cargo nextest run --workspace --no-fail-fast -E {kept}")
            .quiet()
            .run()?;
    } else {
        cmd!(
            sh,
            "cargo test -p talkloom-store -p talkloom --test it --no-fail-fast"
        )
        .quiet()
        .run()?;
    }
    Ok(())
}
