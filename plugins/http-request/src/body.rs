//! The body of a request.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::query;

const FORM: &str = "x-www-form-urlencoded";

/// A body and what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// As it is sent.
    pub bytes: Vec<u8>,
    /// As the visitor's page gets it: JSON, or a text.
    pub value: Value,
    /// What it is, where no header says so.
    pub content_type: &'static str,
}

/// The body that the bot's builder wrote, JSON where it reads as JSON.
pub fn custom(text: &str, content_type: Option<&str>) -> Body {
    match serde_json::from_str(text) {
        Ok(value) => json(value, content_type),
        Err(_) => Body {
            bytes: text.as_bytes().to_vec(),
            value: Value::String(text.to_owned()),
            content_type: "text/plain;charset=UTF-8",
        },
    }
}

/// JSON, or a form where the header asks for one.
pub fn json(value: Value, content_type: Option<&str>) -> Body {
    let bytes = match content_type {
        Some(header) if header.contains(FORM) => query::form(&value).into_bytes(),
        _ => value.to_string().into_bytes(),
    };
    Body {
        bytes,
        value,
        content_type: "application/json",
    }
}

/// All answers and variables: `{submittedAt, KEY: answer…, NAME: value…}`.
pub fn submission(submission: &Value, now_ms: u64) -> Value {
    let mut body = Map::new();
    body.insert("submittedAt".to_owned(), Value::String(iso(now_ms)));
    if let Value::Object(fields) = submission {
        body.extend(fields.clone());
    }
    Value::Object(body)
}

/// As JavaScript's `toISOString`.
fn iso(now_ms: u64) -> String {
    let nanos = i128::from(now_ms) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second, milli) = at.to_hms_milli();
    format!(
        "{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z",
        at.date()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(body: &Body) -> &str {
        std::str::from_utf8(&body.bytes).expect("it is text")
    }

    #[test]
    fn a_custom_body_is_json_where_it_can_be() {
        let body = custom("{ \"a\": \"x y\" }", None);
        assert_eq!(
            (text(&body), body.content_type),
            ("{\"a\":\"x y\"}", "application/json")
        );
        let body = custom("a = 1", None);
        assert_eq!(
            (text(&body), body.content_type),
            ("a = 1", "text/plain;charset=UTF-8")
        );
        assert_eq!(body.value, json!("a = 1"));
    }

    #[test]
    fn a_form_header_makes_a_form() {
        let body = custom("{\"a\":\"x y\"}", Some("application/x-www-form-urlencoded"));
        assert_eq!(text(&body), "a=x%20y");
    }

    #[test]
    fn the_submission_is_dated() {
        let body = submission(
            &json!({ "Group #1": "Ada", "Age": "36", "Tags": ["a"] }),
            1_700_000_000_120,
        );
        let expected = json!({
            "submittedAt": "2023-11-14T22:13:20.120Z",
            "Group #1": "Ada", "Age": "36", "Tags": ["a"],
        });
        assert_eq!(body, expected);
        assert_eq!(
            submission(&Value::Null, 0),
            json!({ "submittedAt": "1970-01-01T00:00:00.000Z" })
        );
    }
}
