//! Builds the blocks, the web pages and the server.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::step::{root, step};
use crate::{components, system, web};

/// Builds the first-party blocks to `target/assets/blocks`.
///
/// # Errors
/// When the wasm target is missing and cannot be got, or a block does not build.
pub fn blocks(sh: &Shell) -> Result<()> {
    step("Building the blocks", || components::build(sh).map(drop))
}

/// Builds the pages to `target/assets/web`.
///
/// # Errors
/// As [`blocks`].
pub fn web(sh: &Shell, options: &web::Options) -> Result<()> {
    step("Building the web pages", || {
        system::npm(sh)?;
        web::build(sh, options)
    })
}

/// Builds everything and gives the server's path.
///
/// # Errors
/// When a part does not build.
pub fn all(sh: &Shell, release: bool) -> Result<PathBuf> {
    blocks(sh)?;
    web(sh, &web::Options::default())?;
    server(sh, release)
}

/// Builds the server; blocks and pages must be there already.
///
/// # Errors
/// When it does not build.
pub fn server(sh: &Shell, release: bool) -> Result<PathBuf> {
    step("Building the server", || {
        let flag = release.then_some("--release");
        cmd!(sh, "cargo build -p talkloom {flag...}")
            .quiet()
            .run()?;
        let profile = if release { "release" } else { "debug" };
        Ok(root().join("target").join(profile).join("talkloom"))
    })
}
