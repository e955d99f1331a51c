//! What came of the request.

use serde_json::{Value, json};
use talkloom_block::Failure;
use talkloom_block::log::{Level, Line};

/// How much of an answer the log shows, in characters.
const SHOWN: usize = 900;

/// A status and the data, also where no server answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The server's, or 400 (refused by the host), 408 (too late), 500 (not reached).
    pub status: u16,
    /// JSON, or the text as it came.
    pub data: Value,
}

impl Answer {
    /// An answer that came.
    pub fn received(status: u16, text: &str) -> Self {
        let data = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        Self { status, data }
    }

    /// No answer came.
    pub fn failed(failure: &Failure) -> Self {
        let (status, message) = match failure {
            Failure::TimedOut(message) => (408, message.clone()),
            Failure::Denied(message) => (400, format!("Security validation failed: {message}")),
            other => (500, other.to_string()),
        };
        let data = json!({ "message": message });
        Self { status, data }
    }

    fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// The line of the conversation's log, in the words that Typebot's users know.
    pub fn log_line(&self) -> Line {
        let (level, message) = if self.is_error() {
            (Level::Error, "Webhook returned an error.")
        } else {
            (Level::Success, "Webhook successfuly executed.")
        };
        let detail = json!({ "statusCode": self.status, "response": self.data }).to_string();
        Line {
            level,
            message: message.to_owned(),
            detail: Some(detail.chars().take(SHOWN).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_json_or_text() {
        assert_eq!(Answer::received(200, "{\"a\":1}").data, json!({ "a": 1 }));
        assert_eq!(Answer::received(200, "<p>").data, json!("<p>"));
        assert_eq!(Answer::received(204, "").data, json!(""));
    }

    #[test]
    fn failures_have_a_status() {
        let status = |failure| Answer::failed(&failure).status;
        assert_eq!(status(Failure::TimedOut("late".into())), 408);
        assert_eq!(status(Failure::Other("no route".into())), 500);
        let denied = Answer::failed(&Failure::Denied("private address".into()));
        assert_eq!(denied.status, 400);
        let message = "Security validation failed: private address";
        assert_eq!(denied.data, json!({ "message": message }));
    }

    #[test]
    fn the_log_says_how_it_went() {
        let line = Answer::received(200, "1").log_line();
        assert_eq!(
            (line.level, line.message.as_str()),
            (Level::Success, "Webhook successfuly executed.")
        );
        let line = Answer::received(404, &"é".repeat(2000)).log_line();
        assert_eq!(
            (line.level, line.message.as_str()),
            (Level::Error, "Webhook returned an error.")
        );
        assert_eq!(line.detail.map(|d| d.chars().count()), Some(SHOWN));
    }
}
