//! What an operator wants to know before visitors do: is everything there that the configuration
//! names, and does it work?
//!
//! Every check looks and changes nothing, save for a small file that it writes and deletes again,
//! and compiled blocks that it leaves in their cache. Each says what is wrong and what to do.

mod blocks;
mod clock;
mod data;
mod database;
mod jobs;
mod keys;
mod mail;
mod redis;
mod storage;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use serde::Serialize;
use talkloom_store::Inspection;

use crate::Config;

/// How long one check may take; compiling all blocks takes longest.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// All is well.
    Ok,
    /// It is not used here.
    Unused,
    /// It works, and something should be done.
    Warning,
    /// It does not work.
    Failure,
}

/// What a check found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How it came out.
    pub health: Health,
    /// What was found and, where something is wrong, what to do.
    pub told: String,
}

/// One thing to look at.
struct Check {
    name: &'static str,
    run: fn(Arc<Config>) -> BoxFuture<'static, Told>,
}

/// A check's answer: well, or with something to do, or broken.
type Told = Result<(Health, String), String>;

const CHECKS: [Check; 10] = [
    Check {
        name: "configuration",
        run: |config| async move { configuration(&config) }.boxed(),
    },
    Check {
        name: "data folder",
        run: |config| async move { data::check(&config) }.boxed(),
    },
    Check {
        name: "database",
        run: |config| async move { database::check(&config).await }.boxed(),
    },
    Check {
        name: "redis",
        run: |config| async move { redis::check(&config).await }.boxed(),
    },
    Check {
        name: "storage",
        run: |config| async move { storage::check(&config).await }.boxed(),
    },
    Check {
        name: "mail",
        run: |config| async move { mail::check(&config).await }.boxed(),
    },
    Check {
        name: "keys",
        run: |config| async move { keys::check(&config).await }.boxed(),
    },
    Check {
        name: "blocks",
        run: |config| async move { blocks::check(config).await }.boxed(),
    },
    Check {
        name: "jobs",
        run: |config| async move { jobs::check(&config).await }.boxed(),
    },
    Check {
        name: "clock",
        run: |config| async move { clock::check(&config).await }.boxed(),
    },
];

/// Looks at everything, one after the other.
pub async fn examine(config: Config) -> Vec<Finding> {
    let config = Arc::new(config);
    let mut findings = Vec::with_capacity(CHECKS.len());
    for Check { name, run } in CHECKS {
        let answer = tokio::time::timeout(PATIENCE, run(Arc::clone(&config))).await;
        let answer = answer.unwrap_or_else(|_| Err("There was no answer in two minutes.".into()));
        let (health, told) = answer.unwrap_or_else(|told| (Health::Failure, told));
        findings.push(Finding { name, health, told });
    }
    findings
}

/// What contradicts itself was refused before; what is likely not meant is told here.
fn configuration(config: &Config) -> Told {
    let warnings = config.warnings();
    if warnings.is_empty() {
        return Ok((Health::Ok, "No option contradicts another.".into()));
    }
    Ok((Health::Warning, warnings.join(" ")))
}

/// Whether the database is there with the schema that this program expects: opening it as a server
/// does then changes nothing.
async fn is_ready(config: &Config) -> bool {
    let found = Inspection::of(&crate::command::database(config))
        .await
        .ok()
        .flatten();
    found.is_some_and(|found| found.pending == 0 && found.unknown == 0)
}

/// What does not work, with its reason.
fn broken(what: &str, error: impl std::fmt::Display) -> String {
    let reason = format!("{error:#}");
    let stop = if reason.ends_with(['.', '?']) {
        ""
    } else {
        "."
    };
    format!("{what} {reason}{stop}")
}

/// A time, as short as it is clear.
fn shown(elapsed: Duration) -> String {
    format!("{:.1} ms", elapsed.as_secs_f64() * 1_000.0)
}
