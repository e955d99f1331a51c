//! What the runtime tells of blocks to whoever keeps it: what they sent, and which were taken out.

use crate::Installed;

/// Hears of blocks. Called where calls run: it must return at once.
pub trait Hearer: Send + Sync {
    /// A request ended.
    fn sent(&self, sent: Sent);

    /// A version only breaks: until a later trial its calls fail at once.
    fn taken_out(&self, installed: &Installed, why: &str);

    /// A trial of such a version worked.
    fn back(&self, installed: &Installed);
}

/// A request that a block sent, or tried to send: one hop of it. Its path, query, headers and
/// bodies are never told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When it began: milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// On whose behalf.
    pub workspace: String,
    /// In which bot.
    pub bot: String,
    /// The block's id.
    pub block: String,
    /// Its version.
    pub version: String,
    /// The credential that the call had.
    pub credential: Option<String>,
    /// The method.
    pub method: String,
    /// The host; empty where the address could not be read.
    pub host: String,
    /// Bytes of the request's body, as the block gave it.
    pub bytes_out: u64,
    /// Bytes of the answer's body, as far as it was read.
    pub bytes_in: u64,
    /// The answer's status, or why there was none, in a sentence.
    pub answer: Result<u16, String>,
}
