//! The Talkloom server and command line.

use std::process::ExitCode;

use clap::Parser;
use talkloom_server::command::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::parse().run()
}
