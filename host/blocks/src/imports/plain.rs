//! Abilities that need no grant: the log, the clock, randomness, and text as it comes.

use ring::rand::{SecureRandom, SystemRandom};
use wasmtime::Result;

use crate::bindings::talkloom::block::types::{Entry, Level as WireLevel};
use crate::bindings::talkloom::block::{clock, live, log, random};
use crate::state::{CallState, Ended, Live};
use crate::{Failure, Level, Log};

/// The most bytes of randomness that one call gives.
const MAX_RANDOM_BYTES: usize = 64 << 10;

impl log::Host for CallState {
    fn write(&mut self, line: Entry) -> Result<()> {
        let level = match line.level {
            WireLevel::Debug => Level::Debug,
            WireLevel::Info => Level::Info,
            WireLevel::Success => Level::Success,
            WireLevel::Warning => Level::Warning,
            WireLevel::Error => Level::Error,
        };
        let redact = |text: String| match &self.session {
            Some(session) => session.redactor.text(text),
            None => text,
        };
        let line = Log {
            level,
            message: redact(line.message),
            detail: line.detail.map(redact),
        };
        self.logs.write(line);
        Ok(())
    }
}

impl clock::Host for CallState {
    fn now(&mut self) -> Result<u64> {
        Ok((self.shared.settings.clock)())
    }
}

impl random::Host for CallState {
    fn bytes(&mut self, len: u32) -> Result<Vec<u8>> {
        let ended = |sentence: &str| Ended(Failure::Denied(sentence.to_owned()));
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > MAX_RANDOM_BYTES {
            return Err(ended("The block asked for more randomness than allowed.").into());
        }
        let mut bytes = vec![0; len];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| ended("The system gives no randomness."))?;
        Ok(bytes)
    }
}

impl live::Host for CallState {
    async fn emit(&mut self, text: String) -> Result<()> {
        let live = self
            .session
            .as_mut()
            .and_then(|session| session.live.as_mut());
        let Some(live) = live else {
            return Ok(());
        };
        let Some(left) = live.left_bytes.checked_sub(text.len()) else {
            let sentence = "The block emitted more text than allowed.".to_owned();
            return Err(Ended(Failure::Denied(sentence)).into());
        };
        live.left_bytes = left;
        live.send(text).await;
        Ok(())
    }
}

impl Live {
    async fn send(&mut self, text: String) {
        let text = match &mut self.redact {
            Some(redact) => String::from_utf8_lossy(&redact.push(text.as_bytes())).into_owned(),
            None => text,
        };
        self.deliver(text).await;
    }

    /// Sends what was held back.
    pub(crate) async fn finish(&mut self) {
        if let Some(redact) = &mut self.redact {
            let text = String::from_utf8_lossy(&redact.finish()).into_owned();
            self.deliver(text).await;
        }
    }

    async fn deliver(&mut self, text: String) {
        if !text.is_empty() {
            // Nobody listens any more: the block still ends its work.
            let _ = self.sender.send(text).await;
        }
    }
}
