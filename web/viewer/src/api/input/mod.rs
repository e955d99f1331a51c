//! Inputs: what the bot asks, one type for each kind of question.

pub mod choice;
pub mod countries;
mod field;
mod payment;

use serde_json::Value;

pub use choice::{Card, Choice, Choices, Picture, Rating};
pub use field::{DateField, Field, FieldKind, FileField};
pub use payment::Payment;

use crate::json::Fields;

/// The question that is now open.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The block's id.
    pub id: String,
    /// What is asked.
    pub kind: InputKind,
    /// The value that the input's variable already has.
    pub prefilled: Option<String>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum InputKind {
    /// A line of text, a long text, a number, an address.
    Field(Field),
    /// A day, with or without a time, or two of them.
    Date(DateField),
    /// A time of day.
    Time {
        /// The button's words.
        button: String,
    },
    /// One or several of some words.
    Choices(Choices<Choice>),
    /// One or several of some pictures.
    Pictures(Choices<Picture>),
    /// One button of one card.
    Cards(Vec<Card>),
    /// A number on a scale.
    Rating(Rating),
    /// Files.
    File(FileField),
    /// Money.
    Payment(Payment),
    /// A question that this page cannot ask; its type.
    Unknown(String),
}

impl Input {
    /// Reads an input; none where there is none.
    pub fn read(value: &Value) -> Option<Self> {
        let options = value.at("options");
        let kind = match value.at("type").as_str()? {
            "date input" => InputKind::Date(DateField::read(options)),
            "time input" => InputKind::Time {
                button: button(options),
            },
            "choice input" => InputKind::Choices(Choices::read(value, Choice::read)),
            "picture choice input" => InputKind::Pictures(Choices::read(value, Picture::read)),
            "cards" => InputKind::Cards(value.list("items").iter().map(Card::read).collect()),
            "rating input" => InputKind::Rating(Rating::read(options)),
            "payment input" => InputKind::Payment(Payment::read(value)),
            "file input" => InputKind::File(FileField::read(options)),
            other => match FieldKind::read(other, options) {
                Some(kind) => InputKind::Field(Field::read(kind, options)),
                None => InputKind::Unknown(other.to_owned()),
            },
        };
        Some(Self {
            id: value.text_or("id", ""),
            kind,
            prefilled: value.text("prefilledValue"),
        })
    }

    /// Typed on a keyboard: on a phone, the one on the screen.
    pub fn is_typed(&self) -> bool {
        matches!(self.kind, InputKind::Field(_))
    }
}

fn button(options: &Value) -> String {
    options.text_or("labels/button", "Send")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_stand_for_missing_options() {
        let input = Input::read(&json!({"id": "b", "type": "email input"}));
        let Some(Input {
            kind: InputKind::Field(field),
            ..
        }) = input
        else {
            panic!("{input:?}")
        };
        assert_eq!(field.kind, FieldKind::Email);
        assert_eq!(field.placeholder, "Type your email...");
        assert_eq!(field.button, "Send");
    }

    #[test]
    fn an_unknown_kind_is_kept_by_name() {
        let input = Input::read(&json!({"id": "b", "type": "riddle input"}));
        assert_eq!(
            input.map(|input| input.kind),
            Some(InputKind::Unknown("riddle input".into()))
        );
        assert_eq!(Input::read(&Value::Null), None);
    }

    #[test]
    fn choices_say_what_is_shown_and_what_is_sent() {
        let input = Input::read(&json!({"id": "b", "type": "choice input",
            "items": [{"id": "i1", "content": "Yes"}, {"id": "i2", "content": "No", "value": "bye"}],
            "options": {"isMultipleChoice": true}}));
        let Some(Input {
            kind: InputKind::Choices(choices),
            ..
        }) = input
        else {
            panic!("{input:?}")
        };
        assert!(choices.multiple);
        assert_eq!(choices.items[1].label, "No");
        assert_eq!(choices.items[1].value, "bye");
    }
}
