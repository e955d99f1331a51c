//! Programs that come with the operating system: finds them, or installs them where that is allowed.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

/// The first of `names` that stands on the PATH.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    })
}

/// Finds a program, or installs the Debian packages that bring it when the user is root.
///
/// # Errors
/// Names the command to run where it cannot be installed from here.
pub fn ensure(sh: &Shell, programs: &[&str], packages: &[&str]) -> Result<PathBuf> {
    if let Some(found) = find(programs) {
        return Ok(found);
    }
    let wanted = packages.join(" ");
    let is_root = cmd!(sh, "id -u")
        .quiet()
        .read()
        .is_ok_and(|id| id.trim() == "0");
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "{} is missing. Install it, on Debian with: apt-get install {wanted}",
            programs[0]
        );
    }
    eprintln!("   {} is missing: installing {wanted} …", programs[0]);
    cmd!(sh, "apt-get update -qq").quiet().run()?;
    cmd!(
        sh,
        "apt-get install -y -qq --no-install-recommends {packages...}"
    )
    .env("DEBIAN_FRONTEND", "noninteractive")
    .quiet()
    .ignore_stdout()
    .run()?;
    match find(programs) {
        Some(found) => Ok(found),
        None => bail!(
            "{wanted} was installed, but {} is still not on the PATH",
            programs[0]
        ),
    }
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
