//! `talkloom compile-block`: compiles a component from the standard input to the standard output,
//! within limits that the process sets itself before it reads.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[derive(Debug, Args)]
pub(super) struct CompileArgs {
    /// The memory that it may take.
    #[arg(long, value_name = "MIB")]
    memory_mib: u64,
    /// The processor time that it may take.
    #[arg(long, value_name = "SECONDS")]
    cpu_s: u64,
}

pub(super) fn compile(args: &CompileArgs) -> Result<ExitCode> {
    // Memory that is written to, the heap and all private maps of it: addresses that are only
    // reserved do not count.
    limit(Resource::Data, args.memory_mib << 20)?;
    limit(Resource::Cpu, args.cpu_s)?;
    // A crash is expected here and leaves nothing behind.
    limit(Resource::Core, 0)?;
    let mut wasm = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut wasm);
    read.context("The component could not be read.")?;
    match talkloom_blocks::compile(&wasm) {
        Ok(code) => {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(&code).and_then(|()| out.flush());
            written.context("The compiled code could not be written.")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(words) => bail!(words),
    }
}

/// Lowers a limit of this process; one that is lower already stays.
fn limit(resource: Resource, most: u64) -> Result<()> {
    let now = getrlimit(resource);
    let most = now.maximum.map_or(most, |maximum| maximum.min(most));
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, limit).context("The limits of the process could not be set.")
}
