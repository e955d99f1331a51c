//! What can be wrong with a manifest.

use std::fmt;

/// Why a manifest was refused.
#[derive(Debug)]
pub enum ManifestError {
    /// It has more bytes than allowed.
    TooLarge(usize),
    /// It is not JSON, or not of the manifest's shape.
    Json(serde_json::Error),
    /// A field breaks a rule.
    Field {
        /// Where: `actions/0/options`.
        path: String,
        /// What is wrong and what to write instead.
        message: String,
    },
}

impl ManifestError {
    pub(crate) fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field {
            path: path.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => write!(
                f,
                "the manifest has {bytes} bytes; at most {} are allowed",
                crate::MAX_BYTES
            ),
            Self::Json(_) => write!(f, "the manifest cannot be read"),
            Self::Field { path, message } => write!(f, "the manifest's field {path}: {message}"),
        }
    }
}

impl std::error::Error for ManifestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}
