//! What a visitor answers.

use serde_json::{Value, json};

/// An answer: what is shown and what is sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// What the conversation shows.
    pub label: String,
    /// What is sent; none when a question is skipped.
    pub text: Option<String>,
    /// The id of the button that was pressed.
    pub reply_id: Option<String>,
    /// Addresses of pictures that are shown.
    pub pictures: Vec<String>,
    /// Addresses of files that are sent.
    pub attachments: Vec<String>,
    /// The shown words are the page's own; the server's form of the answer must not replace them.
    pub keeps_label: bool,
}

impl Answer {
    /// An answer that is shown as it is sent.
    pub fn typed(text: String) -> Self {
        Self {
            label: text.clone(),
            text: Some(text),
            ..Self::default()
        }
    }

    /// An answer that is shown in other words than it is sent.
    pub fn labelled(label: String, text: String) -> Self {
        Self {
            keeps_label: label != text,
            label,
            text: Some(text),
            ..Self::default()
        }
    }

    /// No answer to a question that needs none.
    pub fn skipped(label: String) -> Self {
        Self {
            label,
            keeps_label: true,
            ..Self::default()
        }
    }

    /// The request's body.
    pub fn body(&self) -> Value {
        let Some(text) = &self.text else {
            return json!({});
        };
        let mut message = json!({"type": "text", "text": text});
        if let Some(id) = &self.reply_id {
            message["metadata"] = json!({"replyId": id});
        }
        if !self.attachments.is_empty() {
            message["attachedFileUrls"] = json!(self.attachments);
        }
        json!({"message": message})
    }
}
