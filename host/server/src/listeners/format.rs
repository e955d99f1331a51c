//! What a request's body says: JSON, a form, or a text.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::chat::ChatError;

/// Reads a body by its `Content-Type`: a form becomes an object, whose repeated keys hold lists; a
/// text becomes a JSON string; JSON must be valid. Without a type it is JSON if it reads as such,
/// else a text. An empty body counts as `{}`.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, ChatError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let header = headers.get(CONTENT_TYPE);
    let header = header.and_then(|value| value.to_str().ok());
    let essence = header.and_then(|header| header.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Ok(form(body)),
        kind if kind == "application/json" || kind.ends_with("+json") => {
            serde_json::from_slice(body).map_err(|error| {
                ChatError::bad_request(format!("The request is not valid JSON: {error}."))
            })
        }
        kind if kind.starts_with("multipart/") => Err(ChatError::bad_request(
            "Forms with files are not taken here. Send JSON, a plain form or a text.",
        )),
        kind if kind.starts_with("text/") => text(body),
        _ => serde_json::from_slice(body).or_else(|_| text(body)),
    }
}

fn form(body: &[u8]) -> Value {
    let mut fields = Map::new();
    for (key, value) in form_urlencoded::parse(body) {
        let value = Value::from(value.into_owned());
        match fields.get_mut(key.as_ref()) {
            None => {
                fields.insert(key.into_owned(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(fields)
}

fn text(body: &[u8]) -> Result<Value, ChatError> {
    let text = std::str::from_utf8(body);
    let text = text.map_err(|_| ChatError::bad_request("The text is not written in UTF-8."))?;
    Ok(Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reading(kind: &str, body: &[u8]) -> Option<Value> {
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        read(&headers, body).ok()
    }

    #[test]
    fn the_type_says_how_a_body_is_read() {
        const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
        let table: [(&str, &[u8], Option<Value>); 15] = [
            ("application/json", b"{\"a\":1}", Some(json!({"a": 1}))),
            ("application/cloudevents+json", b"[1]", Some(json!([1]))),
            ("Application/JSON; charset=utf-8", b"5", Some(json!(5))),
            ("application/json", b"a=1", None),
            ("application/json", b"", Some(json!({}))),
            (
                FORM,
                b"a=1&b=x+y%21&a=2&a=3",
                Some(json!({"a": ["1", "2", "3"], "b": "x y!"})),
            ),
            (FORM, b"", Some(json!({}))),
            (FORM, b"{\"a\":1}", Some(json!({"{\"a\":1}": ""}))),
            ("text/plain", b"{\"a\":1}", Some(json!("{\"a\":1}"))),
            ("text/plain", b"\xff", None),
            ("", b"{\"a\":1}", Some(json!({"a": 1}))),
            ("", b"hello", Some(json!("hello"))),
            ("application/octet-stream", b"\xff", None),
            ("multipart/form-data; boundary=x", b"--x", None),
            ("nonsense", b"true", Some(json!(true))),
        ];
        for (kind, body, expected) in table {
            assert_eq!(reading(kind, body), expected, "{kind} {body:?}");
        }
    }
}
