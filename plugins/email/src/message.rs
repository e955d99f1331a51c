//! The whole mail, except its attachments.

use serde_json::Value;
use talkloom_block::Call;
use talkloom_block::mail::Message;

use crate::options::Options;
use crate::{address, body};

/// Where the builder wrote none.
const SUBJECT: &str = "New answers";

/// Writes the mail.
pub fn write(options: &Options, call: &Call, submission: &Value) -> Message {
    let words = body::of(options, call, submission);
    let filled = |text: &Option<String>| {
        let text = address::one_line(text.as_deref().unwrap_or_default());
        Some(text).filter(|text| !text.is_empty())
    };
    Message {
        to: address::all(options.recipients.as_deref()),
        cc: address::all(options.cc.as_deref()),
        bcc: address::all(options.bcc.as_deref()),
        reply_to: filled(&options.reply_to),
        subject: filled(&options.subject).unwrap_or_else(|| SUBJECT.to_owned()),
        text: words.text,
        html: words.html,
        attachments: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_a_visitor_wrote_begins_a_header() {
        let options = json!({
            "recipients": ["ada@example.com"],
            "cc": ["bob@example.com"],
            "bcc": null,
            "replyTo": "Eve\r\nBcc: x@y.example <eve@example.com>",
            "subject": "Hi\r\nBcc: x@y.example\u{0}",
            "body": "one\ntwo",
        });
        let options: Options = serde_json::from_value(options).expect("valid options");
        let message = write(&options, &Call::default(), &Value::Null);
        assert_eq!(message.subject, "Hi  Bcc: x@y.example");
        let reply_to = "Eve  Bcc: x@y.example <eve@example.com>";
        assert_eq!(message.reply_to.as_deref(), Some(reply_to));
        assert_eq!((message.cc.len(), message.bcc.len()), (1, 0));
        assert_eq!(message.text.as_deref(), Some("one\ntwo"));
        let bare = write(&Options::default(), &Call::default(), &Value::Null);
        assert_eq!((bare.subject.as_str(), bare.to.len()), (SUBJECT, 0));
    }
}
