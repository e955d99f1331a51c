//! Installed components, and why one is refused.

use std::collections::BTreeSet;

/// What the operator allows a component to do; nothing that its manifest does not ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Everything that its manifest asks for: first-party blocks.
    Declared,
    /// These kinds of permission, by their names in the manifest (`network`, `scripts`, …).
    Only(BTreeSet<String>),
}

/// Why a component cannot be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The file is not what it must be.
    #[error("{0}")]
    Refused(String),
}

/// A component that is ready to be called.
#[derive(Debug)]
pub struct Installed {
    digest: String,
}

impl Installed {
    /// The SHA-256 of the component's file, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}
