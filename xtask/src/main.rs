//! Build, run, test: the only build tool. `cargo xtask help` lists what it does.

use std::net::SocketAddr;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

mod api;
mod bench;
mod browser;
mod build;
mod checks;
mod components;
mod fuzz;
mod run;
mod servers;
mod step;
mod system;
mod toolchain;
mod web;

/// Builds, runs and tests Talkloom, and gets what is missing for it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds everything and starts a server with a bot to chat with.
    Run(RunArgs),
    /// Builds the blocks, the web pages and the server.
    Build(BuildArgs),
    /// Builds the blocks alone.
    Blocks,
    /// Builds the web pages alone.
    Web(web::Options),
    /// Runs every check and test, as CI does.
    Test(TestArgs),
    /// Measures speed and prints tables.
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Runs a command beside a PostgreSQL and a Redis server of its own.
    With(WithArgs),
    /// Throws random input at what takes input from outside.
    Fuzz(FuzzArgs),
}

#[derive(Args)]
struct FuzzArgs {
    /// One target; otherwise all, one after the other.
    target: Option<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

#[derive(Args)]
struct WithArgs {
    /// The command and its arguments: `cargo nextest run -p talkloom-store`.
    #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

#[derive(Args)]
struct BuildArgs {
    /// Optimised: the binary stands at target/release/talkloom.
    #[arg(long)]
    release: bool,
}

#[derive(Args)]
struct RunArgs {
    /// Optimised: slower to build, faster to answer.
    #[arg(long)]
    release: bool,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The folder for the database and files.
    #[arg(long, default_value = "data")]
    data: std::path::PathBuf,
}

#[derive(Args)]
struct TestArgs {
    /// Leaves out what needs a browser.
    #[arg(long)]
    no_browser: bool,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let sh = step::shell()?;
    match cli.command {
        Command::Run(args) => run::run(&sh, args.release, args.listen, &args.data),
        Command::Build(args) => build::all(&sh, args.release).map(drop),
        Command::Blocks => build::blocks(&sh),
        Command::Web(options) => build::web(&sh, &options),
        Command::Test(args) => checks::test(&sh, !args.no_browser),
        Command::Bench { bench } => bench::run(&sh, bench),
        Command::With(args) => servers::run(&sh, &args.command),
        Command::Fuzz(args) => fuzz::run(&sh, args.target.as_deref(), args.seconds),
    }
}
