//! Keys and values as the `qs` library writes them into addresses and forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// RFC 3986: all but the unreserved characters are escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Pairs with equal keys brought together, each at the place of its first.
pub fn grouped<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (key, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}

/// `a=1&a=2&b=3`
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut parts = Vec::new();
    for (key, values) in grouped(pairs) {
        parts.extend(values.into_iter().map(|value| part(key, value)));
    }
    parts.join("&")
}

/// A JSON object as a form: keys of inner objects in brackets, list entries under one key.
pub fn form(value: &Value) -> String {
    let mut parts = Vec::new();
    if let Value::Object(fields) = value {
        for (key, field) in fields {
            flatten(key, field, &mut parts);
        }
    }
    parts.join("&")
}

fn flatten(key: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (inner, field) in fields {
                flatten(&format!("{key}[{inner}]"), field, parts);
            }
        }
        Value::Array(items) => {
            for item in items {
                flatten(key, item, parts);
            }
        }
        Value::Null => parts.push(part(key, "")),
        Value::String(text) => parts.push(part(key, text)),
        other => parts.push(part(key, &other.to_string())),
    }
}

fn part(key: &str, value: &str) -> String {
    let escaped = |text| utf8_percent_encode(text, ESCAPED);
    format!("{}={}", escaped(key), escaped(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeated_keys_stand_together() {
        let pairs = [("a", "1"), ("b b", "é&="), ("a", "2~_-.!'()*")];
        assert_eq!(
            query(pairs),
            "a=1&a=2~_-.%21%27%28%29%2A&b%20b=%C3%A9%26%3D"
        );
        assert_eq!(query([]), "");
    }

    #[test]
    fn an_object_becomes_a_form() {
        let value =
            json!({ "a": "x y", "n": 1.5, "t": true, "z": null, "l": [1, "b"], "o": { "i": "j" } });
        assert_eq!(form(&value), "a=x%20y&n=1.5&t=true&z=&l=1&l=b&o%5Bi%5D=j");
        assert_eq!(form(&json!("no object")), "");
    }
}
