//! `talkloom migrate`: brings the database's schema forward and back.

use anyhow::{Context, Result};
use clap::Subcommand;
use talkloom_store::schema::{self, SchemaStep};

use super::{database, print};
use crate::Config;

/// What to do with the schema; `serve` brings it forward by itself.
#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Brings it forward to what this release needs.
    Up,
    /// Takes its last steps back. What only they have room for is deleted: make a backup first.
    Down {
        /// How many.
        steps: u32,
    },
    /// Lists its steps, and whether the database has them.
    Status,
}

pub(super) async fn migrate(config: &Config, command: Option<MigrateCommand>) -> Result<()> {
    let database = database(config);
    let (steps, verb) = match command.unwrap_or(MigrateCommand::Up) {
        MigrateCommand::Up => (schema::up(&database).await, Some("applied")),
        MigrateCommand::Down { steps } => {
            (schema::down(&database, steps).await, Some("taken back"))
        }
        MigrateCommand::Status => (schema::status(&database).await, None),
    };
    let steps = steps.context("The schema of the database could not be changed or read.")?;
    if steps.is_empty() {
        return print("Nothing is to do.");
    }
    for step in steps {
        print(&line(&step, verb))?;
    }
    Ok(())
}

fn line(step: &SchemaStep, verb: Option<&str>) -> String {
    let state = match step.is_applied {
        true => "applied",
        false => "missing",
    };
    format!("{} {}", step.name, verb.unwrap_or(state))
}
