//! Small helpers to build and read rich text elements.

use serde_json::{Map, Value, json};

/// The marks that a host leaf passes on to the value of a variable inside it.
pub(super) const PASSED_ON: [&str; 3] = ["bold", "italic", "underline"];

pub(super) fn element(kind: &str, children: Vec<Value>) -> Value {
    json!({"type": kind, "children": children})
}

/// An element that has at least one leaf.
pub(super) fn filled(kind: &str, children: Vec<Value>) -> Value {
    let children = if children.is_empty() {
        vec![leaf("")]
    } else {
        children
    };
    element(kind, children)
}

pub(super) fn leaf(text: &str) -> Value {
    json!({"text": text})
}

pub(super) fn text_of(value: &Value) -> Option<&str> {
    value.get("text")?.as_str()
}

pub(super) fn kind_of(value: &Value) -> &str {
    value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(super) fn children_of(value: &Value) -> &[Value] {
    value
        .get("children")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn has_mark(leaf: &Value, mark: &str) -> bool {
    leaf.get(mark).and_then(Value::as_bool).unwrap_or(false)
}

/// The marks of a leaf: all it has beside its text.
pub(super) fn marks(leaf: &Value) -> Map<String, Value> {
    let mut marks = leaf.as_object().cloned().unwrap_or_default();
    marks.shift_remove("text");
    marks
}

/// A leaf with these marks.
pub(super) fn marked(marks: &Map<String, Value>, text: &str) -> Value {
    let mut leaf = marks.clone();
    leaf.insert("text".to_owned(), Value::from(text));
    Value::Object(leaf)
}
