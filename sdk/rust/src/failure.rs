//! Why a block could not do its work.

use std::fmt;

/// Why a block could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The options are not as the action needs them.
    InvalidOptions(Vec<FieldError>),
    /// A service that was asked refused or broke.
    Upstream {
        /// Its HTTP status.
        status: Option<u16>,
        /// One sentence for the bot's builder.
        message: String,
        /// The same request may succeed later.
        retryable: bool,
    },
    /// A service that was asked did not answer in time.
    TimedOut(String),
    /// A permission that was not granted, or a limit.
    Denied(String),
    /// Anything else: one sentence for the bot's builder.
    Other(String),
}

/// What is wrong with a field of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as a JSON pointer.
    pub pointer: String,
    /// One sentence for the bot's builder.
    pub message: String,
}

impl Failure {
    /// A failure in the author's own words.
    pub fn other(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidOptions(errors) => {
                write!(f, "the options are not valid")?;
                for FieldError { pointer, message } in errors {
                    write!(f, "; {pointer}: {message}")?;
                }
                Ok(())
            }
            Self::Upstream { message, .. }
            | Self::TimedOut(message)
            | Self::Denied(message)
            | Self::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Other(error.to_string())
    }
}
