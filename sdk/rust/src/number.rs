//! Fields that hold a number or a text that reads as one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A number, or a text with one: builders may write a variable where a number belongs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// Nothing was written.
    #[default]
    Unset,
    /// A number.
    Value(f64),
    /// A text; a comma counts as a decimal point.
    Text(String),
}

impl Number {
    /// The number, where there is a finite one.
    pub fn get(&self) -> Option<f64> {
        let number = match self {
            Self::Unset => None,
            Self::Value(number) => Some(*number),
            Self::Text(text) => text.trim().replace(',', ".").parse().ok(),
        };
        number.filter(|number| number.is_finite())
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string", "null"] })
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn numbers_and_texts_are_read() {
        let read = |json: &str| serde_json::from_str::<Number>(json).expect("it fits").get();
        assert_eq!(read("0.5"), Some(0.5));
        assert_eq!(read("\" 0,7 \""), Some(0.7));
        assert_eq!(read("\"\""), None);
        assert_eq!(read("\"inf\""), None);
        assert_eq!(read("null"), None);
    }
}
