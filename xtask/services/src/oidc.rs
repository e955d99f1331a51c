//! An OpenID provider at which anyone may sign in.

use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::process::{Process, free_port, listens};
use crate::python::Package;

const OIDC_PROVIDER_MOCK: Package = Package {
    name: "oidc-provider-mock",
    version: "0.3.4",
};

/// A running OpenID provider. It takes any client; its tokens are those of Authlib.
pub struct OpenIdProvider {
    /// Ended before its folder goes.
    _process: Process,
    _folder: TempDir,
    port: u16,
}

impl OpenIdProvider {
    /// A fresh provider on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not come up.
    pub fn start() -> Result<Self> {
        let port = free_port()?;
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(OIDC_PROVIDER_MOCK.program("oidc-provider-mock")?);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        let mut process = Process::start(command, &folder.path().join("log"))?;
        process.wait_until(|| listens(port))?;
        Ok(Self {
            _process: process,
            _folder: folder,
            port,
        })
    }

    /// The provider's address, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
