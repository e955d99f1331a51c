//! `talkloom config`: what is in effect, with secrets masked.

use anyhow::{Context, Result};

use super::print;
use crate::Config;

pub(super) fn config(config: &Config) -> Result<()> {
    let shown =
        toml::to_string(&config.masked()).context("The configuration cannot be printed.")?;
    for warning in config.warnings() {
        print(&format!("# {warning}"))?;
    }
    print(shown.trim_end())
}
