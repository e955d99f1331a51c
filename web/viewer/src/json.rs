//! Reading JSON by field, leniently.
//!
//! Documents come from many hands: numbers may be texts, fields may be missing or null. A field of
//! the wrong kind reads as a missing one, so that one odd value never costs a visitor the chat.

use serde_json::Value;

static NULL: Value = Value::Null;

/// Fields of a JSON value by their path from it, written with slashes: `labels/button`.
pub trait Fields {
    /// The value at the path; null where there is none.
    fn at(&self, path: &str) -> &Value;

    /// A text, or a number as it prints. Empty texts are missing ones.
    fn text(&self, path: &str) -> Option<String> {
        match self.at(path) {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text, or the given one.
    fn text_or(&self, path: &str, default: &str) -> String {
        self.text(path).unwrap_or_else(|| default.to_owned())
    }

    /// A truth value, or the given one.
    fn flag(&self, path: &str, default: bool) -> bool {
        self.at(path).as_bool().unwrap_or(default)
    }

    /// A number, or a text that reads as one.
    fn number(&self, path: &str) -> Option<f64> {
        match self.at(path) {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().replacen(',', ".", 1).parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite())
    }

    /// The elements of a list; none where there is no list.
    fn list(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map_or(&[], Vec::as_slice)
    }
}

impl Fields for Value {
    fn at(&self, path: &str) -> &Value {
        path.split('/')
            .filter(|key| !key.is_empty())
            .try_fold(self, |value, key| value.get(key))
            .unwrap_or(&NULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_of_the_wrong_kind_is_a_missing_one() {
        let value = json!({"a": {"b": "x", "n": "1,5", "f": 1}, "empty": "", "null": null});
        assert_eq!(value.text("a/b"), Some("x".into()));
        assert_eq!(value.number("a/n"), Some(1.5));
        assert_eq!(value.text("a/f"), Some("1".into()));
        assert_eq!(value.text("empty"), None);
        assert_eq!(value.text("null/deeper"), None);
        assert!(value.flag("a/f", true));
        assert!(value.list("a").is_empty());
    }
}
