//! `cargo xtask run`: a server with a bot to chat with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::build;
use crate::step::{root, step};

/// The address that the demo bot's document names.
const DEMO_ORIGIN: &str = "http://127.0.0.1:3000";

/// Builds everything, imports the demo bot and serves until interrupted.
///
/// # Errors
/// When a part does not build, or the server cannot start.
pub fn run(sh: &Shell, release: bool, listen: SocketAddr, data: &Path) -> Result<()> {
    let talkloom = build::all(sh, release)?;
    let config = prepare(sh, &talkloom, listen, data)?;
    let address = listen.to_string();
    eprintln!("\n   A bot to chat with: http://{listen}/demo\n");
    cmd!(
        sh,
        "{talkloom} serve --listen {address} --data {data} --config {config}"
    )
    .quiet()
    .run()?;
    Ok(())
}

/// Writes the configuration of a local server and imports the demo bot; gives the configuration.
///
/// # Errors
/// When the folder cannot be written, or the import fails.
pub fn prepare(sh: &Shell, talkloom: &Path, listen: SocketAddr, data: &Path) -> Result<PathBuf> {
    step("Preparing the demo bot", || {
        sh.create_dir(data)?;
        let config = data.join("local.toml");
        // Blocks may not call this machine. The demo bot's HTTP request does: the server itself.
        sh.write_file(&config, format!("[egress]\nallow = [\"{listen}\"]\n"))?;
        let document = root().join("host/server/assets/demo.json");
        let demo = sh
            .read_file(&document)
            .context("reading the demo bot")?
            .replace(DEMO_ORIGIN, &format!("http://{listen}"));
        let file = data.join("demo.json");
        sh.write_file(&file, demo)?;
        cmd!(
            sh,
            "{talkloom} import {file} --publish --public-id demo --data {data} --config {config}"
        )
        .quiet()
        .ignore_stdout()
        .run()?;
        Ok(config)
    })
}
