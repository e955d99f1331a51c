//! Programs that come with the operating system: finds them, or installs them where that is allowed.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
pub use services::find::on_path as find;
use xshell::{Shell, cmd};

/// Finds a program, or installs the Debian packages that bring it when the user is root.
///
/// # Errors
/// Names the command to run where it cannot be installed from here.
pub fn ensure(sh: &Shell, programs: &[&str], packages: &[&str]) -> Result<PathBuf> {
    if let Some(found) = find(programs) {
        return Ok(found);
    }
    install(sh, programs[0], packages)?;
    match find(programs) {
        Some(found) => Ok(found),
        None => bail!(
            "{} was installed, but {} is still not on the PATH",
            packages.join(" "),
            programs[0]
        ),
    }
}

/// Installs Debian packages when the user is root.
fn install(sh: &Shell, program: &str, packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    let is_root = cmd!(sh, "id -u")
        .quiet()
        .read()
        .is_ok_and(|id| id.trim() == "0");
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "{} is missing. Install it, on Debian with: apt-get install {wanted}",
            program
        );
    }
    eprintln!("   {} is missing: installing {wanted} …", program);
    cmd!(sh, "apt-get update -qq").quiet().run()?;
    cmd!(
        sh,
        "apt-get install -y -qq --no-install-recommends {packages...}"
    )
    .env("DEBIAN_FRONTEND", "noninteractive")
    .quiet()
    .ignore_stdout()
    .run()?;
    Ok(())
}

/// A browser for the tests.
///
/// # Errors
/// When there is none and it cannot be installed.
pub fn chromium(sh: &Shell) -> Result<PathBuf> {
    ensure(
        sh,
        &["chromium", "chromium-browser", "google-chrome"],
        &["chromium"],
    )
}

/// Node.js and npm, for the browser tests and the fonts.
///
/// # Errors
/// When they are missing and cannot be installed.
pub fn npm(sh: &Shell) -> Result<PathBuf> {
    ensure(sh, &["node"], &["nodejs"])?;
    ensure(sh, &["npm"], &["npm"])
}

/// PostgreSQL and Redis, for tests and benches.
///
/// # Errors
/// When one is missing and cannot be installed.
pub fn databases(sh: &Shell) -> Result<()> {
    if services::find::postgres("postgres").is_err() {
        install(sh, "PostgreSQL", &["postgresql"])?;
        services::find::postgres("postgres")?;
    }
    ensure(sh, &["redis-server", "valkey-server"], &["redis-server"]).map(drop)
}

/// Python and its environments, for the programs that tests take from its package index.
///
/// # Errors
/// When they are missing and cannot be installed.
pub fn python(sh: &Shell) -> Result<()> {
    // Debian has Python without them.
    let environments = cmd!(sh, "python3 -c 'import venv, ensurepip'");
    if environments.quiet().ignore_stderr().run().is_err() {
        install(sh, "python3 with venv", &["python3", "python3-venv"])?;
    }
    Ok(())
}
