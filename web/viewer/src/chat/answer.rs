//! What a visitor answers.

use serde_json::{Value, json};

use crate::json::Fields;

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
    /// Names of files that are shown.
    pub files: Vec<String>,
    /// The address of what the visitor said aloud, instead of a text.
    pub voice: Option<String>,
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

    /// An answer that was said aloud.
    pub fn spoken(url: String) -> Self {
        Self {
            voice: Some(url),
            keeps_label: true,
            ..Self::default()
        }
    }

    /// The request's body.
    pub fn body(&self) -> Value {
        if let Some(url) = &self.voice {
            return json!({"message": {"type": "audio", "url": url}});
        }
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

    /// The answer as it is kept for the next visit.
    pub(super) fn keep(&self) -> Value {
        json!({"label": self.label, "text": self.text, "replyId": self.reply_id,
            "pictures": self.pictures, "attachments": self.attachments, "files": self.files,
            "voice": self.voice, "keepsLabel": self.keeps_label})
    }

    /// Reads what [`Answer::keep`] wrote.
    pub(super) fn read(value: &Value) -> Self {
        let texts = |name: &str| {
            let texts = value.list(name).iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        Self {
            label: value.text_or("label", ""),
            text: value.at("text").as_str().map(str::to_owned),
            reply_id: value.text("replyId"),
            pictures: texts("pictures"),
            attachments: texts("attachments"),
            files: texts("files"),
            voice: value.text("voice"),
            keeps_label: value.flag("keepsLabel", false),
        }
    }
}
