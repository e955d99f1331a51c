//! Where a component comes from: a file of this machine, or an address, asked under the same checks
//! as everything that blocks ask.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use talkloom_blocks::Runtime;

use super::find::digest_of;

/// The largest file that is taken.
const MOST_BYTES: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of this machine.
    File(PathBuf),
    /// An address with `https://`, or `http://` where the operator lists it in `egress.allow`.
    Address(String),
}

impl Source {
    /// Reads what an operator wrote.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("https://") || text.starts_with("http://") {
            return Self::Address(text.to_owned());
        }
        Self::File(PathBuf::from(text))
    }
}

/// Gets a component, and holds it against the SHA-256 that the operator gave.
pub async fn fetch(runtime: &Runtime, source: &Source, sha256: Option<&str>) -> Result<Vec<u8>> {
    let wasm = match source {
        Source::File(path) => std::fs::read(path)
            .with_context(|| format!("The file {} cannot be read.", path.display()))?,
        Source::Address(url) => {
            let got = runtime.outbound().get(url, MOST_BYTES, PATIENCE).await;
            let got = got.context("The block could not be fetched.")?;
            if got.status != 200 {
                bail!(
                    "The block could not be fetched: the address answered with status {}.",
                    got.status
                );
            }
            got.body
        }
    };
    let found = digest_of(&wasm);
    match sha256 {
        Some(wanted) if !found.eq_ignore_ascii_case(wanted.trim()) => bail!(
            "The file is not the one that you named: its SHA-256 is {found}, not {wanted}. Nothing \
             was installed."
        ),
        _ => Ok(wasm),
    }
}
