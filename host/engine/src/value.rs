//! Values of variables: how they print, what type code sees, and how a value is stored.
//!
//! A stored value is nothing, a text or a flat list of texts; everything else becomes JSON text.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use serde_json::{Number, Value};
use talkloom_flow::VariableValue;

use crate::number::{number, print_number};

/// Integers up to here are exact in JavaScript.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Prints a value inside a text: an unset one as nothing, a list as a JSON array.
pub fn print(value: &VariableValue) -> String {
    match value {
        VariableValue::Null => String::new(),
        VariableValue::Text(text) => text.clone(),
        VariableValue::List(items) => print_list(items),
    }
}

/// Prints a value as [`print`] does, but of a list only the last element.
pub fn print_latest(value: &VariableValue) -> String {
    match value {
        VariableValue::List(items) => items.last().cloned().flatten().unwrap_or_default(),
        other => print(other),
    }
}

/// Prints a value for use inside JSON: texts are escaped without quotes, lists are JSON arrays.
pub fn print_json(value: &VariableValue) -> String {
    match value {
        VariableValue::Text(text) => escape_json(text),
        other => print(other),
    }
}

/// Escapes a text for a place between the quotes of a JSON string.
pub fn escape_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Whether a value counts as set: a text or a list with something in it.
pub fn is_set(value: &VariableValue) -> bool {
    match value {
        VariableValue::Null => false,
        VariableValue::Text(text) => !text.is_empty(),
        VariableValue::List(items) => !items.is_empty(),
    }
}

/// Turns a value into what code sees: texts that look like numbers or literals become those.
pub fn guess_type(value: &VariableValue) -> Value {
    match value {
        VariableValue::Null => Value::Null,
        VariableValue::Text(text) => guess_text(text),
        VariableValue::List(items) => Value::Array(
            items
                .iter()
                .map(|item| Value::from(item.as_deref()))
                .collect(),
        ),
    }
}

/// Whether a text is a number that must keep its leading zero, such as a postal code.
pub fn starts_with_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && !text.starts_with("0.")
}

fn guess_text(text: &str) -> Value {
    if starts_with_zero(text) || text.starts_with('+') {
        return Value::from(text);
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" | "undefined" => Value::Null,
        _ => number(text)
            .and_then(json_number)
            .map_or_else(|| Value::from(text), Value::Number),
    }
}

/// A number for JSON, without a fraction where it has none; none for infinities.
fn json_number(number: f64) -> Option<Number> {
    let is_integer = number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER;
    if is_integer && !(number == 0.0 && number.is_sign_negative()) {
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

/// Turns what code, a block or a caller gave into the value that is stored.
pub fn from_json(value: Option<&Value>) -> VariableValue {
    match value {
        Some(Value::Array(items)) => VariableValue::List(items.iter().map(stored_text).collect()),
        Some(value) => stored_text(value).map_or(VariableValue::Null, VariableValue::Text),
        None => VariableValue::Null,
    }
}

fn stored_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(double_lone_backslashes(text)),
        other => Some(json_text(other)),
    }
}

/// Doubles each backslash that does not begin an escape, so that the text can stand inside JSON.
fn double_lone_backslashes(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut doubled = String::with_capacity(text.len() + 4);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        doubled.push(c);
        let begins_escape =
            |next: &char| matches!(next, '\\' | 'n' | 't' | 'b' | 'r' | 'f' | '"' | '\'' | 'u');
        if c == '\\' && !chars.peek().is_some_and(begins_escape) {
            doubled.push('\\');
        }
    }
    doubled
}

fn print_list(items: &[Option<String>]) -> String {
    json_text(&Value::from_iter(items.iter().map(Option::as_deref)))
}

/// Writes JSON as JavaScript's `JSON.stringify` does: `5.0` prints as `5`, `1e20` in full.
pub fn json_text(value: &Value) -> String {
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, JsNumbers))
        .expect("writing JSON to memory cannot fail");
    String::from_utf8(bytes).expect("JSON text is UTF-8")
}

/// Compact JSON with JavaScript's way of printing numbers.
struct JsNumbers;

impl Formatter for JsNumbers {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        writer.write_all(print_number(number).as_bytes())
    }

    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: i64) -> io::Result<()> {
        if (number as f64).abs() > MAX_SAFE_INTEGER {
            return self.write_f64(writer, number as f64);
        }
        CompactFormatter.write_i64(writer, number)
    }

    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: u64) -> io::Result<()> {
        if number as f64 > MAX_SAFE_INTEGER {
            return self.write_f64(writer, number as f64);
        }
        CompactFormatter.write_u64(writer, number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(text: &str) -> VariableValue {
        VariableValue::Text(text.into())
    }

    fn list(items: &[Option<&str>]) -> VariableValue {
        VariableValue::List(items.iter().map(|item| item.map(str::to_owned)).collect())
    }

    #[test]
    fn values_print() {
        let both = list(&[Some("a\"b"), None]);
        assert_eq!(print(&VariableValue::Null), "");
        assert_eq!(print(&both), r#"["a\"b",null]"#);
        assert_eq!(print_latest(&both), "");
        assert_eq!(print_latest(&list(&[Some("a"), Some("b")])), "b");
        assert_eq!(print_json(&text("a\"\n")), r#"a\"\n"#);
        assert_eq!(print_json(&list(&[Some("x")])), r#"["x"]"#);
    }

    #[test]
    fn code_sees_guessed_types() {
        let cases = [
            ("", json!(0)),
            ("5", json!(5)),
            ("5.5", json!(5.5)),
            ("0.5", json!(0.5)),
            ("0", json!(0)),
            ("007", json!("007")),
            ("+5", json!("+5")),
            ("true", json!(true)),
            ("undefined", json!(null)),
            ("1e3", json!(1000)),
            ("-0", json!(-0.0)),
            ("Infinity", json!("Infinity")),
            ("NaN", json!("NaN")),
            ("abc", json!("abc")),
        ];
        for (given, expected) in cases {
            assert_eq!(guess_type(&text(given)), expected, "{given:?}");
        }
        assert_eq!(guess_type(&list(&[Some("5"), None])), json!(["5", null]));
    }

    #[test]
    fn stored_values_are_texts() {
        let cases = [
            (json!(null), VariableValue::Null),
            (json!(""), VariableValue::Null),
            (json!(5.0), text("5")),
            (json!(1e20), text("100000000000000000000")),
            (json!(true), text("true")),
            (json!({"a": [1.0, "x"]}), text(r#"{"a":[1,"x"]}"#)),
            (
                json!([1, "", ["x"]]),
                list(&[Some("1"), None, Some(r#"["x"]"#)]),
            ),
            (json!(r"C:\dir \n \\ \"), text(r"C:\\dir \n \\\ \\")),
        ];
        for (given, expected) in cases {
            assert_eq!(from_json(Some(&given)), expected, "{given}");
        }
        assert_eq!(from_json(None), VariableValue::Null);
    }

    proptest! {
        #[test]
        fn any_text_can_be_guessed_and_stored(given in any::<String>()) {
            let guessed = guess_type(&text(&given));
            let _ = from_json(Some(&guessed));
            let unescaped: String = serde_json::from_str(&format!("\"{}\"", escape_json(&given))).unwrap();
            prop_assert_eq!(unescaped, given);
        }
    }
}
