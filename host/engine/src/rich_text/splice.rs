//! Putting the values of variables and the results of code into rich text.
//!
//! A value is Markdown. Alone in its element it replaces the element; alone in a leaf without
//! marks it becomes block elements; else it is flattened to leaves that take on the host's marks.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::elements::{PASSED_ON, children_of, has_mark, kind_of, leaf, marked, marks, text_of};
use super::from_markdown;
use crate::template::{self, Segment, Template};

/// Something to put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder<'t> {
    /// A variable by its name.
    Variable(&'t str),
    /// Code, as it stands between `{{=` and `=}}`.
    Code(&'t str),
}

/// All code in the texts and addresses of rich text, in order; it is to be evaluated before
/// [`splice`].
pub fn find_code(elements: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    collect_code(elements, &mut found);
    found
}

fn collect_code(elements: &[Value], found: &mut Vec<String>) {
    for element in elements {
        let texts = [text_of(element), element.get("url").and_then(Value::as_str)];
        for text in texts.into_iter().flatten() {
            found.extend(template::find_code(text).map(|span| span.code.to_owned()));
        }
        collect_code(children_of(element), found);
    }
}

/// Puts values into rich text; `resolve` gives what is printed for a placeholder, none for an
/// unknown variable and for code without a result.
pub fn splice<F>(elements: &[Value], resolve: &mut F) -> Vec<Value>
where
    F: FnMut(Placeholder<'_>) -> Option<String>,
{
    let mut spliced = Vec::with_capacity(elements.len());
    for element in elements {
        match text_of(element) {
            Some(text) => splice_leaf(&mut spliced, element, text, resolve),
            None => splice_element(&mut spliced, element, resolve),
        }
    }
    spliced
}

fn splice_element<F>(out: &mut Vec<Value>, element: &Value, resolve: &mut F)
where
    F: FnMut(Placeholder<'_>) -> Option<String>,
{
    let children = splice(children_of(element), resolve);
    if is_placeholder_alone(element) {
        out.extend(children);
        return;
    }
    let mut fields = element.as_object().cloned().unwrap_or_default();
    fields.insert("children".to_owned(), Value::Array(children));
    if let Some(Value::String(url)) = fields.get_mut("url") {
        *url = interpolate(url, resolve);
    }
    out.push(Value::Object(fields));
}

/// Whether the element, no link, holds one unmarked leaf that looks like a single placeholder.
fn is_placeholder_alone(element: &Value) -> bool {
    let [only] = children_of(element) else {
        return false;
    };
    kind_of(element) != "a"
        && !is_marked(only)
        && text_of(only).is_some_and(template::looks_like_single_variable)
}

fn is_marked(leaf: &Value) -> bool {
    PASSED_ON.iter().any(|mark| has_mark(leaf, mark))
}

fn splice_leaf<F>(out: &mut Vec<Value>, host: &Value, text: &str, resolve: &mut F)
where
    F: FnMut(Placeholder<'_>) -> Option<String>,
{
    let segments = Template::parse(text).segments;
    if segments
        .iter()
        .all(|segment| matches!(segment, Segment::Text(_)))
    {
        out.push(host.clone());
        return;
    }
    let host_marks = marks(host);
    let stands_alone = segments.len() == 1 && !is_marked(host);
    for segment in &segments {
        let value = match segment {
            Segment::Text(text) => {
                out.push(marked(&host_marks, text));
                continue;
            }
            Segment::Variable(name) => resolve(Placeholder::Variable(name)),
            Segment::Code(code) => resolve(Placeholder::Code(code)),
        };
        let elements = from_markdown(value.as_deref().unwrap_or_default());
        if stands_alone {
            out.extend(elements);
        } else {
            flatten(out, &elements, &host_marks);
        }
    }
}

/// The leaves of elements with the host's marks; an empty paragraph becomes a blank line.
fn flatten(out: &mut Vec<Value>, elements: &[Value], host_marks: &Map<String, Value>) {
    for element in elements {
        if let Some(text) = text_of(element) {
            let mut fields = host_marks.clone();
            fields.extend(marks(element));
            out.push(marked(&fields, text));
        } else if is_blank_paragraph(element) {
            out.push(leaf("\n\n"));
        } else {
            flatten(out, children_of(element), host_marks);
        }
    }
}

fn is_blank_paragraph(element: &Value) -> bool {
    kind_of(element) == "p" && matches!(children_of(element), [only] if text_of(only) == Some(""))
}

fn interpolate<F>(text: &str, resolve: &mut F) -> String
where
    F: FnMut(Placeholder<'_>) -> Option<String>,
{
    let evaluated: Cow<'_, str> = template::replace_code(text, |code| {
        resolve(Placeholder::Code(code)).unwrap_or_default()
    });
    template::replace_variables(&evaluated, |name| {
        resolve(Placeholder::Variable(name)).unwrap_or_default()
    })
    .into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn spliced(elements: Value, value: &str) -> Value {
        let elements = elements.as_array().unwrap();
        Value::Array(splice(elements, &mut |placeholder| match placeholder {
            Placeholder::Variable("V") => Some(value.to_owned()),
            Placeholder::Code(code) => Some(code.len().to_string()),
            Placeholder::Variable(_) => None,
        }))
    }

    fn p(children: Value) -> Value {
        json!([{"type": "p", "children": children}])
    }

    #[test]
    fn a_placeholder_alone_replaces_its_element() {
        let alone = p(json!([{"text": "{{V}}"}]));
        assert_eq!(spliced(alone.clone(), "x"), p(json!([{"text": "x"}])));
        assert_eq!(spliced(alone.clone(), ""), json!([]));
        assert_eq!(
            spliced(alone, "# T"),
            json!([{"type": "h1", "children": [{"text": "T"}]}])
        );
        assert_eq!(
            spliced(p(json!([{"text": "{{{V}}}"}])), "1"),
            json!([{"text": "{"}, {"text": "1"}, {"text": "}"}])
        );
    }

    #[test]
    fn a_placeholder_alone_in_its_leaf_becomes_blocks() {
        assert_eq!(
            spliced(p(json!([{"text": "a "}, {"text": "{{V}}"}])), "x"),
            p(json!([{"text": "a "}, {"type": "p", "children": [{"text": "x"}]}]))
        );
    }

    #[test]
    fn other_placeholders_become_leaves() {
        assert_eq!(
            spliced(p(json!([{"text": "Ok {{V}}!"}])), "*a* b"),
            p(json!([
                {"text": "Ok "}, {"italic": true, "text": "a"}, {"text": " b"}, {"text": "!"}
            ]))
        );
        assert_eq!(
            spliced(p(json!([{"text": "{{V}}", "bold": true}])), "x\n\ny"),
            p(json!([{"bold": true, "text": "x"}, {"text": "\n\n"}, {"bold": true, "text": "y"}]))
        );
    }

    #[test]
    fn code_and_addresses_are_filled() {
        let link = json!([{"type": "a", "url": "https://e.com/{{V}}?{{=1+1=}}", "children": [{"text": "{{V}}"}]}]);
        assert_eq!(find_code(link.as_array().unwrap()), ["1+1"]);
        assert_eq!(
            spliced(link, "v"),
            json!([{
                "type": "a",
                "url": "https://e.com/v?3",
                "children": [{"type": "p", "children": [{"text": "v"}]}]
            }])
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), value in any::<String>(), marks in r"[\[\]()*_#>`\-+. \n\ta{}=V1!<]{0,40}") {
            spliced(p(json!([{"text": text}, {"text": format!("{{{{V}}}}{marks}")}])), &value);
            spliced(p(json!([{"text": marks}, {"text": "{{V}}"}])), &marks);
        }
    }
}
