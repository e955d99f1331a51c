//! Why a key could not be used, or a text not be opened. No error holds a secret.

/// Why a sealed text does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is cut off, or is no sealed text at all.
    #[error("the sealed text is cut off or is none")]
    Truncated,
    /// A newer release wrote it.
    #[error("the sealed text has a version that this release does not know")]
    UnknownVersion,
    /// It needs a key that is not at hand.
    #[error("the sealed text needs the key {id}, which is not at hand")]
    UnknownKey {
        /// The key's id.
        id: String,
    },
    /// It was changed, or stands where it was not sealed for.
    #[error("the sealed text was changed, or belongs to another place")]
    Forged,
}

/// Why nothing could be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    Randomness,
    /// The value is longer than can be sealed.
    #[error("the value is too long to be sealed")]
    TooLong,
}

/// Why a text is not a master key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not 32 bytes as base64.
    #[error("a master key is 32 bytes as base64, which is 44 characters")]
    Shape,
    /// There is none.
    #[error("there is no master key")]
    Missing,
    /// It stands in the list twice.
    #[error("the master key {id} is named twice")]
    Twice {
        /// The key's id.
        id: String,
    },
}
