//! Why a call failed: a stable code and one sentence for the bot's builder.

use std::time::Duration;

/// Why a block's call failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No installed block claims the type.
    #[error("No installed block handles “{0}”. Ask an administrator to install it.")]
    NotInstalled(String),
    /// The block has no such action.
    #[error("The block “{block_type}” has no action “{action}”. Choose one in its settings.")]
    UnknownAction {
        /// The type in the document.
        block_type: String,
        /// The action that was asked for.
        action: String,
    },
    /// The options do not fit the action's schema.
    #[error("{}", invalid_options(.0))]
    InvalidOptions(Vec<FieldError>),
    /// A service that the block asked refused or failed.
    #[error("{message}")]
    Upstream {
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// What it said.
        message: String,
        /// Whether trying again may help.
        retryable: bool,
    },
    /// A service that the block asked did not answer in time.
    #[error("{0}")]
    UpstreamTimeout(String),
    /// A permission that was not granted, or a limit of what a block may ask for.
    #[error("{0}")]
    Denied(String),
    /// The block used more time than it may.
    #[error("The block was stopped after {}: it took too long.", seconds(.0))]
    Timeout(Duration),
    /// The block used more memory than it may.
    #[error("The block was stopped: it needed more than {} MiB of memory.", .limit_bytes >> 20)]
    OutOfMemory {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// The block broke.
    #[error("The block broke while it ran. This is a defect of the block: tell its author.")]
    Trap {
        /// How, for the block's author.
        detail: String,
    },
    /// The version only broke, and is not called for a while.
    #[error(
        "The block {name} ({version}) is taken out for now: its calls only broke. An administrator can go back to another version."
    )]
    TakenOut {
        /// The block's name.
        name: String,
        /// Its version.
        version: String,
    },
    /// Too many calls at once.
    #[error("Too many calls at once. Try again in a moment.")]
    Busy,
    /// What the block gave breaks the contract.
    #[error("The block gave an answer that cannot be used: {0}")]
    BadOutput(String),
    /// The call's input is larger than a block may get.
    #[error("{0}")]
    TooLarge(String),
    /// The block says why it failed.
    #[error("{0}")]
    Other(String),
}

/// What is wrong with one field of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer into the options.
    pub pointer: String,
    /// One sentence.
    pub message: String,
}

impl Failure {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled(_) => "not_installed",
            Self::UnknownAction { .. } => "unknown_action",
            Self::InvalidOptions(_) => "invalid_options",
            Self::Upstream { .. } => "upstream",
            Self::UpstreamTimeout(_) => "upstream_timeout",
            Self::Denied(_) => "denied",
            Self::Timeout(_) => "timeout",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::Trap { .. } => "trap",
            Self::TakenOut { .. } => "taken_out",
            Self::Busy => "busy",
            Self::BadOutput(_) => "bad_output",
            Self::TooLarge(_) => "too_large",
            Self::Other(_) => "failed",
        }
    }

    /// More for whoever looks closer: what exactly happened, and what to do.
    pub fn details(&self) -> Option<String> {
        let happened = match self {
            Self::Trap { detail } => Some(detail.clone()),
            Self::Upstream { status, .. } => status.map(|status| format!("HTTP status {status}")),
            _ => None,
        };
        let parts: Vec<String> = happened
            .into_iter()
            .chain(self.advice().map(str::to_owned))
            .collect();
        Some(parts.join(". ")).filter(|text| !text.is_empty())
    }

    /// What the bot's builder can do about it, where that is not said already.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Upstream { status, .. } => match status {
                Some(401 | 403) => Some("Check the credential in the block's settings."),
                Some(402) => Some("Check the account's balance at the service."),
                Some(404) => Some("Check the names and addresses in the block's settings."),
                Some(429) => {
                    Some("The service is asked too often: wait, or raise the limit there.")
                }
                Some(500..) => Some("The service has a problem of its own: try again later."),
                _ => None,
            },
            Self::UpstreamTimeout(_) => Some("Try again later, or give the block more time."),
            Self::Timeout(_) | Self::OutOfMemory { .. } => {
                Some("Have the block do less at once, or ask an administrator for higher limits.")
            }
            _ => None,
        }
    }
}

fn invalid_options(errors: &[FieldError]) -> String {
    let fields: Vec<String> = errors
        .iter()
        .map(|error| {
            if error.pointer.is_empty() {
                error.message.clone()
            } else {
                format!("{}: {}", error.pointer, error.message)
            }
        })
        .collect();
    format!("The block's settings are not valid. {}", fields.join(" "))
}

fn seconds(duration: &Duration) -> String {
    if duration.as_millis() < 1000 {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", duration.as_secs())
    }
}
