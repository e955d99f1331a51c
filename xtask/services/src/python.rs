//! Programs that the Python package index has, each in an environment of its own under
//! `target/tools/`, made when it is first asked for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::find;

/// A package and the version that is taken.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// The package's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Package {
    /// One of the package's programs, installed where it is missing.
    ///
    /// # Errors
    /// Names what is missing where Python cannot make environments, and shows what `pip` said
    /// where the package cannot be had.
    pub fn program(self, program: &str) -> Result<PathBuf> {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
        let home = tools.join(format!("{}-{}", self.name, self.version));
        let program = home.join("bin").join(program);
        fs::create_dir_all(&tools)?;
        let tools = tools.canonicalize()?;
        // Tests of several processes may ask at once: one installs, the others wait for it.
        let lock = File::create(tools.join(format!("{}.lock", self.name)))?;
        lock.lock()?;
        let done = home.join("installed");
        if !done.is_file() {
            self.install(&home)?;
            File::create(done)?;
        }
        Ok(program)
    }

    fn install(self, home: &Path) -> Result<()> {
        let Self { name, version } = self;
        eprintln!("   {name} {version} is missing: installing it under target/tools/ …");
        let missing = "python3 is missing: on Debian, apt-get install python3 python3-venv";
        let python = find::on_path(&["python3"]).context(missing)?;
        run(Command::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(home))
        .context("On Debian, apt-get install python3-venv may help.")?;
        run(Command::new(home.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("{name}=={version}")))
    }
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("starting {program}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} failed: {told}");
    Ok(())
}
