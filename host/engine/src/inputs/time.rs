//! Answers to time inputs.

use crate::datetime::{civil, format};
use crate::natural_date::{self, DateOrder};

/// How a time is stored where the document does not say.
pub const DEFAULT_FORMAT: &str = "HH:mm";

/// Reads an answer: the first time in the text, printed by the input's pattern.
pub fn parse(reply: &str, pattern: Option<&str>, now_ms: i64) -> Option<String> {
    let found = natural_date::find(reply, civil(now_ms), DateOrder::MonthFirst)?;
    Some(format(found.start, pattern.unwrap_or(DEFAULT_FORMAT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_printed() {
        let cases = [
            ("10:30", None, Some("10:30")),
            ("10:30 PM", None, Some("22:30")),
            ("7pm", Some("h:mm a"), Some("7:00 PM")),
            ("07:05:30", None, Some("07:05")),
            ("noon", None, Some("12:00")),
            ("9:5", None, None),
            ("24:00", None, None),
            ("abc", None, None),
            ("", None, None),
        ];
        for (reply, pattern, expected) in cases {
            assert_eq!(parse(reply, pattern, 0).as_deref(), expected, "{reply:?}");
        }
    }
}
