//! Build, run, test: the only build tool.

mod web;

use clap::{Parser, Subcommand};

/// Builds, runs and tests Talkloom.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build the web pages into target/assets/web.
    Web(web::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Web(options) => web::build(&options),
    }
}
