//! `cargo xtask fuzz`: throws random input at what takes input from outside.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::step::{root, step};
use crate::system;

/// The targets under `fuzz/fuzz_targets`.
const TARGETS: [&str; 4] = ["open_file", "chat_body", "interpolation", "rich_text"];
/// A single input may take this long, in seconds, before it counts as hanging.
const INPUT_S: &str = "10";

/// Runs one target, or all of them, for that many seconds each.
///
/// # Errors
/// When a target crashes, hangs or does not build. The input is then in `fuzz/artifacts`.
pub fn run(sh: &Shell, target: Option<&str>, seconds: u32) -> Result<()> {
    if system::find(&["cargo-fuzz"]).is_none() {
        step("Installing cargo-fuzz", || {
            Ok(cmd!(sh, "cargo install --locked cargo-fuzz")
                .quiet()
                .run()?)
        })?;
    }
    let _folder = sh.push_dir(root());
    // The coverage flags are for nightly; this lets a stable toolchain take them.
    let _nightly = sh.push_env("RUSTC_BOOTSTRAP", "1");
    for name in TARGETS {
        if target.is_some_and(|wanted| wanted != name) {
            continue;
        }
        step(&format!("Fuzzing {name} for {seconds} s"), || {
            let time = format!("-max_total_time={seconds}");
            let timeout = format!("-timeout={INPUT_S}");
            // New inputs go to a folder that is not committed; the committed ones are the seeds.
            let found = format!("fuzz/target/corpus/{name}");
            let seeds = format!("fuzz/corpus/{name}");
            sh.create_dir(&found)?;
            cmd!(
                sh,
                "cargo fuzz run {name} {found} {seeds} -- {time} {timeout} -print_final_stats=1"
            )
            .run()?;
            Ok(())
        })?;
    }
    Ok(())
}
