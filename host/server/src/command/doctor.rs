//! `talkloom doctor`: looks at everything that a server needs, and says what to do.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::print;
use crate::Config;
use crate::doctor::{Health, examine};

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Prints one JSON document, for programs.
    #[arg(long)]
    json: bool,
}

pub(super) async fn doctor(config: Config, args: DoctorArgs) -> Result<ExitCode> {
    let findings = examine(config).await;
    let failed = findings.iter().any(|found| found.health == Health::Failure);
    if args.json {
        let told = json!({"ok": !failed, "checks": findings});
        print(&serde_json::to_string_pretty(&told).context("What was found cannot be printed.")?)?;
    } else {
        for found in &findings {
            let health = match found.health {
                Health::Ok => "ok",
                Health::Unused => "--",
                Health::Warning => "!!",
                Health::Failure => "XX",
            };
            print(&format!("{health}  {:<14} {}", found.name, found.told))?;
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}
