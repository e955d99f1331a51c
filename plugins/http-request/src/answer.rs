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
    /// What the bot's builder is told beside that.
    pub hint: Option<String>,
}

impl Answer {
    /// An answer that came.
    pub fn received(status: u16, text: &str) -> Self {
        let data = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        Self {
            status,
            data,
            hint: None,
        }
    }

    /// No answer came.
    pub fn failed(url: &str, failure: &Failure) -> Self {
        let (status, message, hint) = match failure {
            Failure::TimedOut(message) => (408, message.clone(), None),
            Failure::Denied(message) => {
                let told = if names_localhost(url) {
                    LOCALHOST_DENIED
                } else {
                    message
                };
                let told = format!("Security validation failed: {told}");
                (400, told, Some(message.clone()))
            }
            other => (500, other.to_string(), None),
        };
        Self {
            status,
            data: json!({ "message": message }),
            hint,
        }
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
        let mut detail = json!({ "statusCode": self.status, "response": self.data });
        if let Some(hint) = &self.hint {
            detail["hint"] = json!(hint);
        }
        let detail = detail.to_string();
        Line {
            level,
            message: message.to_owned(),
            detail: Some(detail.chars().take(SHOWN).collect()),
        }
    }
}

/// The words that bots of the file format get for this machine's own name; some show them.
const LOCALHOST_DENIED: &str = "Access to localhost is not allowed for security reasons.";

fn names_localhost(url: &str) -> bool {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next();
    let host = authority.and_then(|authority| authority.split(':').next());
    host.is_some_and(|host| host.eq_ignore_ascii_case("localhost"))
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
        let status = |failure| Answer::failed("https://e.example", &failure).status;
        assert_eq!(status(Failure::TimedOut("late".into())), 408);
        assert_eq!(status(Failure::Other("no route".into())), 500);
        let private = Failure::Denied("private address".into());
        let denied = Answer::failed("http://10.0.0.1/localhost", &private);
        assert_eq!(denied.status, 400);
        let message = "Security validation failed: private address";
        assert_eq!(denied.data, json!({ "message": message }));
        let denied = Answer::failed("http://LocalHost:3000/api?x", &private);
        let message = format!("Security validation failed: {LOCALHOST_DENIED}");
        assert_eq!(denied.data, json!({ "message": message }));
        assert_eq!(denied.hint.as_deref(), Some("private address"));
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
