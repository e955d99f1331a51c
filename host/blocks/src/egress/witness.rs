//! Notes each hop of a block's requests, whether it was answered or refused.

use std::fmt;
use std::sync::Arc;

use super::EgressError;
use crate::settings::Clock;
use crate::{Hearer, Sent};

/// Whose requests are noted, and for whom.
pub(crate) struct Witness {
    pub hearer: Arc<dyn Hearer>,
    pub clock: Clock,
    pub workspace: String,
    pub bot: String,
    pub block: String,
    pub version: String,
    pub credential: Option<String>,
}

/// A hop under way. It is told when it is dropped: with its body, or when the call breaks off.
pub(crate) struct Noted {
    witness: Arc<Witness>,
    sent: Option<Sent>,
}

impl Witness {
    /// Begins to note a hop.
    pub(crate) fn begin(self: &Arc<Self>, method: &str, host: &str, bytes_out: usize) -> Noted {
        let sent = Sent {
            at_ms: (self.clock)(),
            workspace: self.workspace.clone(),
            bot: self.bot.clone(),
            block: self.block.clone(),
            version: self.version.clone(),
            credential: self.credential.clone(),
            method: method.chars().take(16).collect(),
            host: host.to_owned(),
            bytes_out: bytes_out as u64,
            bytes_in: 0,
            answer: Err("The call ended before an answer came.".to_owned()),
        };
        Noted {
            witness: self.clone(),
            sent: Some(sent),
        }
    }
}

impl Noted {
    pub(crate) fn answered(&mut self, status: u16) {
        if let Some(sent) = &mut self.sent {
            sent.answer = Ok(status);
        }
    }

    pub(crate) fn failed(&mut self, error: &EgressError) {
        if let Some(sent) = &mut self.sent {
            sent.answer = Err(error.to_string());
        }
    }

    pub(crate) fn read(&mut self, bytes: usize) {
        if let Some(sent) = &mut self.sent {
            sent.bytes_in += bytes as u64;
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let Some(sent) = self.sent.take() {
            self.witness.hearer.sent(sent);
        }
    }
}

impl fmt::Debug for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Noted").finish_non_exhaustive()
    }
}
