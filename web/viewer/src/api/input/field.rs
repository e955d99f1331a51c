//! Inputs that are typed or picked with the browser's own fields.

use serde_json::Value;

use super::button;
use crate::json::Fields;

/// A field to type in.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What is typed.
    pub kind: FieldKind,
    /// Shown while it is empty; also its name for screen readers.
    pub placeholder: String,
    /// The button's words.
    pub button: String,
    /// Files may come with the text.
    pub attachments: bool,
    /// The answer may be said aloud.
    pub voice: bool,
}

/// What is typed into a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// A line of text, with a hint for the keyboard.
    Line(String),
    /// Several lines.
    Long,
    /// A number.
    Number {
        /// The least, as HTML writes it.
        min: Option<String>,
        /// The greatest.
        max: Option<String>,
        /// The grid it lies on.
        step: Option<String>,
    },
    /// A mail address.
    Email,
    /// A web address.
    Url,
    /// A telephone number.
    Phone,
}

impl FieldKind {
    pub(super) fn read(block_type: &str, options: &Value) -> Option<Self> {
        Some(match block_type {
            "text input" if options.flag("isLong", false) => Self::Long,
            "text input" => Self::Line(options.text_or("inputMode", "text")),
            "number input" => {
                let bound = |name| options.number(name).map(|number| number.to_string());
                Self::Number {
                    min: bound("min"),
                    max: bound("max"),
                    step: bound("step"),
                }
            }
            "email input" => Self::Email,
            "url input" => Self::Url,
            "phone number input" => Self::Phone,
            _ => return None,
        })
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Line(_) | Self::Long)
    }

    fn placeholder(&self) -> &'static str {
        match self {
            Self::Line(_) | Self::Long => "Type your answer...",
            Self::Number { .. } => "Type a number...",
            Self::Email => "Type your email...",
            Self::Url => "Type a URL...",
            Self::Phone => "Type your phone number...",
        }
    }
}

impl Field {
    pub(super) fn read(kind: FieldKind, options: &Value) -> Self {
        Self {
            placeholder: options.text_or("labels/placeholder", kind.placeholder()),
            button: button(options),
            attachments: kind.is_text() && options.flag("attachments/isEnabled", false),
            voice: kind.is_text() && options.flag("audioClip/isEnabled", false),
            kind,
        }
    }

    /// What is sent for what was typed; none while there is nothing to send.
    pub fn answer(&self, typed: &str) -> Option<String> {
        let text = typed.trim();
        if text.is_empty() {
            return None;
        }
        Some(match self.kind {
            FieldKind::Url if !text.starts_with("http") => format!("https://{text}"),
            FieldKind::Number { .. } => match text.parse::<f64>() {
                Ok(number) => number.to_string(),
                Err(_) => text.to_owned(),
            },
            FieldKind::Long => typed.trim_end().to_owned(),
            _ => text.to_owned(),
        })
    }
}

/// A day, with or without a time, or two of them.
#[derive(Debug, Clone, PartialEq)]
pub struct DateField {
    /// With a time.
    pub has_time: bool,
    /// From one to another.
    pub is_range: bool,
    /// The earliest, as HTML writes it.
    pub min: Option<String>,
    /// The latest.
    pub max: Option<String>,
    /// The first one's label.
    pub from: String,
    /// The second one's label.
    pub to: String,
    /// The button's words.
    pub button: String,
}

impl DateField {
    pub(super) fn read(options: &Value) -> Self {
        Self {
            has_time: options.flag("hasTime", false),
            is_range: options.flag("isRange", false),
            min: options.text("min"),
            max: options.text("max"),
            from: options.text_or("labels/from", "From:"),
            to: options.text_or("labels/to", "To:"),
            button: button(options),
        }
    }

    /// What is sent for what was picked; none while something is missing.
    pub fn answer(&self, from: &str, to: &str) -> Option<String> {
        match (self.is_range, from.is_empty(), to.is_empty()) {
            (false, false, _) => Some(from.to_owned()),
            (true, false, false) => Some(format!("{from} to {to}")),
            _ => None,
        }
    }
}

/// Files from the visitor's device.
#[derive(Debug, Clone, PartialEq)]
pub struct FileField {
    /// Cannot be skipped.
    pub required: bool,
    /// More than one.
    pub multiple: bool,
    /// What to do, in words.
    pub placeholder: String,
    /// The sending button's words.
    pub button: String,
    /// The emptying button's words.
    pub clear: String,
    /// The skipping button's words.
    pub skip: String,
    /// What is shown after one file was sent.
    pub success_single: String,
    /// What is shown after several were sent; `{total}` stands for their number.
    pub success_multiple: String,
    /// What the browser offers to pick, as HTML writes it.
    pub accept: Option<String>,
    /// Which camera a phone opens.
    pub capture: Option<String>,
}

impl FileField {
    pub(super) fn read(options: &Value) -> Self {
        let types: Vec<String> = options
            .list("allowedFileTypes/types")
            .iter()
            .filter_map(|value| value.text(""))
            .collect();
        let restricted = options.flag("allowedFileTypes/isEnabled", false) && !types.is_empty();
        let placeholder = without_tags(&options.text_or("labels/placeholder", ""));
        Self {
            required: options.flag("isRequired", true),
            multiple: options.flag("isMultipleAllowed", false),
            placeholder: if placeholder.is_empty() {
                "Choose a file, or drop it here".to_owned()
            } else {
                placeholder
            },
            button: options.text_or("labels/button", "Upload"),
            clear: options.text_or("labels/clear", "Clear"),
            skip: options.text_or("labels/skip", "Skip"),
            success_single: options.text_or("labels/success/single", "File uploaded"),
            success_multiple: options.text_or("labels/success/multiple", "{total} files uploaded"),
            accept: restricted.then(|| types.join(",")),
            capture: options.text("capture"),
        }
    }

    /// What the conversation shows after files were sent.
    pub fn sent_label(&self, total: usize) -> String {
        match total {
            1 => self.success_single.clone(),
            _ => self.success_multiple.replace("{total}", &total.to_string()),
        }
    }
}

/// The placeholder may be HTML; its words are enough.
fn without_tags(html: &str) -> String {
    let mut words = String::new();
    for (index, part) in html.split('<').enumerate() {
        let text = match part.split_once('>') {
            Some((_, text)) if index > 0 => text,
            _ => part,
        };
        words.push_str(text);
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_web_address_gets_its_scheme() {
        let field = |kind| Field {
            kind,
            placeholder: String::new(),
            button: String::new(),
            attachments: false,
            voice: false,
        };
        assert_eq!(
            field(FieldKind::Url).answer(" e.com "),
            Some("https://e.com".into())
        );
        assert_eq!(
            field(FieldKind::Url).answer("http://e.com"),
            Some("http://e.com".into())
        );
        assert_eq!(field(FieldKind::Email).answer("   "), None);
        let number = FieldKind::Number {
            min: None,
            max: None,
            step: None,
        };
        assert_eq!(field(number).answer("007.50"), Some("7.5".into()));
    }

    #[test]
    fn a_range_needs_both_ends() {
        let date = DateField::read(&json!({"isRange": true, "labels": {"separator": "bis"}}));
        assert_eq!(date.answer("2026-01-01", ""), None);
        assert_eq!(
            date.answer("2026-01-01", "2026-02-01").unwrap(),
            "2026-01-01 to 2026-02-01"
        );
    }

    #[test]
    fn files_say_how_many_were_sent() {
        let field = FileField::read(
            &json!({"labels": {"placeholder": "<strong>\n  Click</strong> here"},
            "allowedFileTypes": {"isEnabled": true, "types": [".png", "image/*"]}}),
        );
        assert_eq!(field.placeholder, "Click here");
        assert_eq!(field.accept.as_deref(), Some(".png,image/*"));
        assert_eq!(field.sent_label(1), "File uploaded");
        assert_eq!(field.sent_label(3), "3 files uploaded");
    }
}
