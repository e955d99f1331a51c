//! Finds a compiler for `wasm32-unknown-unknown`, and gets one where it is missing.
//!
//! First choice is the installed toolchain with the target's library, which rustup can add. In a
//! network where rustup reaches nothing, Debian's `rustc-web`, `cargo-web` and `rust-web-src`
//! build the same target with the library from source.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Cmd, Shell, cmd};

/// The one WebAssembly target of the repository.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// How to call cargo for the WebAssembly target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The toolchain that runs this tool has the target's library.
    Installed,
    /// Debian's compiler, which builds the library too.
    Debian {
        /// The linker.
        linker: PathBuf,
    },
}

impl WasmToolchain {
    /// Finds a compiler for the target, and gets one where it is missing.
    ///
    /// # Errors
    /// When none is there and none can be got, with the commands that would help.
    pub fn find(sh: &Shell) -> Result<Self> {
        let sysroot = PathBuf::from(cmd!(sh, "rustc --print sysroot").read()?);
        let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
        if library.is_dir() {
            return Ok(Self::Installed);
        }
        eprintln!("   The target {TARGET} is missing; rustup is asked for it.");
        let added = cmd!(sh, "rustup target add {TARGET}").quiet().run();
        if added.is_ok() && library.is_dir() {
            return Ok(Self::Installed);
        }
        eprintln!("   rustup could not add it; Debian's packages are the other way.");
        debian(sh, &sysroot)
    }

    /// `cargo build` for the target with a profile: `wasm` is what ships, and ends in
    /// `target/wasm32-unknown-unknown/wasm`.
    pub fn build<'a>(&self, sh: &'a Shell, profile: &str) -> Cmd<'a> {
        self.prepare(cmd!(
            sh,
            "cargo build --profile {profile} --target {TARGET}"
        ))
    }

    /// `cargo check` for the target.
    pub fn check<'a>(&self, sh: &'a Shell) -> Cmd<'a> {
        self.prepare(cmd!(sh, "cargo check --target {TARGET}"))
    }

    fn prepare<'a>(&self, cargo: Cmd<'a>) -> Cmd<'a> {
        match self {
            Self::Installed => cargo,
            Self::Debian { linker } => cargo
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        }
    }
}

fn debian(sh: &Shell, sysroot: &Path) -> Result<WasmToolchain> {
    let there = || Path::new(DEBIAN_RUSTC).exists() && Path::new(DEBIAN_SOURCE).exists();
    if !there() {
        install(sh)?;
    }
    if !there() {
        bail!(
            "Debian's packages do not hold {DEBIAN_RUSTC} and {DEBIAN_SOURCE}; {}",
            advice()
        );
    }
    let linker = linker(sh, sysroot)?;
    Ok(WasmToolchain::Debian { linker })
}

fn install(sh: &Shell) -> Result<()> {
    let packages = DEBIAN_PACKAGES;
    let root = cmd!(sh, "id -u").read().is_ok_and(|id| id == "0");
    if !root || cmd!(sh, "apt-get --version").quiet().read().is_err() {
        bail!("the target {TARGET} is missing; {}", advice());
    }
    eprintln!("   Installing {} (about a minute).", packages.join(", "));
    cmd!(sh, "apt-get update -q").quiet().run()?;
    cmd!(
        sh,
        "apt-get install -qy --no-install-recommends {packages...}"
    )
    .env("DEBIAN_FRONTEND", "noninteractive")
    .quiet()
    .run()
    .with_context(advice)
}

/// The linker of the installed toolchain, else Debian's.
fn linker(sh: &Shell, sysroot: &Path) -> Result<PathBuf> {
    let version = cmd!(sh, "rustc -vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc does not name its host")?;
    let own = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    let candidates = [
        own,
        "/usr/bin/rust-lld".into(),
        "/usr/bin/wasm-ld-22".into(),
    ];
    let found = candidates.into_iter().find(|path| path.exists());
    found.context("no WebAssembly linker was found; run: apt-get install lld-22")
}

fn advice() -> String {
    let packages = DEBIAN_PACKAGES.join(" ");
    format!(
        "run `rustup target add {TARGET}`, or on Debian as root `apt-get install {packages}`, \
         and try again"
    )
}
