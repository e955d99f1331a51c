//! What the visitor reads of an answer, as it comes.

use talkloom_block::{Failure, http, live, log};

/// What stands between texts of two rounds.
const BREAK: &str = "\n\n";

/// Passes an answer's text on, and keeps it.
#[derive(Debug, Default)]
pub struct Voice {
    text: String,
    breaks: bool,
}

/// A reply that is put together from the parts of a body.
pub trait Parts: Default {
    /// Takes the next part of the body. Gives the text that came with it, and the failure where
    /// the service says within the stream that it failed.
    fn push(&mut self, part: &[u8]) -> (String, Option<Failure>);

    /// The service said that nothing follows.
    fn is_done(&self) -> bool;

    /// The body ended although the service did not say so.
    ///
    /// # Errors
    /// Where something is missing then.
    fn end_early(&mut self) -> Result<(), Failure>;
}

impl Voice {
    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All of the text.
    pub fn into_text(self) -> String {
        self.text
    }

    /// What follows stands apart from what was said.
    pub fn pause(&mut self) {
        self.breaks = !self.text.is_empty();
    }

    /// Says more.
    pub fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.breaks) {
            self.utter(BREAK);
        }
        self.utter(text);
    }

    fn utter(&mut self, text: &str) {
        self.text.push_str(text);
        live::emit(text);
    }

    /// Reads a stream and says its text. What the visitor has read already stays when the stream
    /// breaks: gives none then.
    ///
    /// # Errors
    /// When it breaks before anything was said.
    pub fn repeat<P: Parts>(
        &mut self,
        response: &mut http::Response,
    ) -> Result<Option<P>, Failure> {
        let mut parts = P::default();
        let broken = loop {
            let part = match response.read() {
                Ok(Some(part)) => part,
                Ok(None) => break parts.end_early().err(),
                Err(failure) => break Some(failure),
            };
            let (text, failure) = parts.push(&part);
            self.say(&text);
            if failure.is_some() || parts.is_done() {
                break failure;
            }
        };
        match broken {
            None => Ok(Some(parts)),
            Some(failure) => self.break_off(failure).map(|()| None),
        }
    }

    /// Ends with what was said.
    ///
    /// # Errors
    /// The failure, where nothing was said.
    pub fn break_off(&self, failure: Failure) -> Result<(), Failure> {
        if self.text.is_empty() {
            return Err(failure);
        }
        log::write(log::Line {
            level: log::Level::Error,
            message: "The model's answer broke off.".to_owned(),
            detail: Some(failure.to_string()),
        });
        Ok(())
    }
}

/// The body is a stream of events.
pub fn is_stream(response: &http::Response) -> bool {
    let kind = response.header("content-type");
    kind.is_some_and(|kind| kind.contains("event-stream"))
}
