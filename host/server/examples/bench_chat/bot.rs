//! The bot that is talked to, and what a visitor answers.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::server::Program;

/// Publishes the demo bot without blocks that leave the server.
pub fn import(program: &Program) -> Result<()> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo.json");
    let mut bot: Value = serde_json::from_str(&std::fs::read_to_string(source)?)?;
    for group in bot["groups"]
        .as_array_mut()
        .context("the demo bot has groups")?
    {
        let blocks = group["blocks"]
            .as_array_mut()
            .context("groups have blocks")?;
        // A block before a removed one still falls through to the next in its group; the last
        // one's edge is kept by handing it to its predecessor.
        if let Some(at) = blocks.iter().position(|block| block["type"] == "Webhook") {
            let removed = blocks.remove(at);
            if at > 0 && at == blocks.len() {
                blocks[at - 1]["outgoingEdgeId"] = removed["outgoingEdgeId"].clone();
            }
        }
    }
    let file = program.folder.join("bench.json");
    std::fs::write(&file, bot.to_string())?;
    let status = program
        .command("import")
        .arg(&file)
        .args(["--publish", "--public-id", "bench"])
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the bench's bot could not be imported");
    Ok(())
}

/// A valid answer to an input.
pub fn answer(input: &Value) -> Result<String> {
    Ok(match input["type"].as_str().unwrap_or_default() {
        "email input" => "ada@example.com".to_owned(),
        "choice input" => {
            let first = &input["items"][0];
            first["content"]
                .as_str()
                .context("a button has a text")?
                .to_owned()
        }
        "text input" => "Ada".to_owned(),
        other => bail!("the bench has no answer to a {other}"),
    })
}
