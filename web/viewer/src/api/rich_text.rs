//! Rich text: the tree of a text bubble.

use serde_json::Value;

use crate::json::Fields;

/// A node of a rich text.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Text with its marks.
    Text(Span),
    /// An element around other nodes.
    Element(Tag, Vec<Node>),
}

/// A run of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Strong.
    pub bold: bool,
    /// Emphasised.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Struck through.
    pub strike: bool,
    /// Code in a line of text.
    pub code: bool,
}

/// What an element is.
#[derive(Debug, Clone, PartialEq)]
pub enum Tag {
    /// A paragraph.
    Paragraph,
    /// A link; its address was checked.
    Link(String),
    /// A list of points.
    Bullets,
    /// A numbered list.
    Numbers,
    /// An element of a list.
    Item,
    /// A heading, 1 to 6.
    Heading(u8),
    /// Someone else's words.
    Quote,
    /// Lines of code.
    Code,
    /// A thematic break.
    Rule,
    /// Anything else: a line of its own (`lic`, `code_line`, …).
    Line,
    /// Anything else within a line.
    Inline,
}

/// Reads a list of nodes. A text whose only element is an unfilled variable is empty.
pub fn read(elements: &[Value]) -> Vec<Node> {
    elements.iter().map(node).collect()
}

fn node(value: &Value) -> Node {
    if !value.at("children").is_array() {
        let mark = |name: &str| value.flag(name, false);
        return Node::Text(Span {
            text: value.text_or("text", ""),
            bold: mark("bold"),
            italic: mark("italic"),
            underline: mark("underline"),
            strike: mark("strikethrough"),
            code: mark("code"),
        });
    }
    Node::Element(tag(value), read(value.list("children")))
}

fn tag(value: &Value) -> Tag {
    match value.text_or("type", "").as_str() {
        "p" => Tag::Paragraph,
        "a" => Tag::Link(safe_link(&value.text_or("url", ""))),
        "ul" => Tag::Bullets,
        "ol" => Tag::Numbers,
        "li" => Tag::Item,
        "h1" => Tag::Heading(1),
        "h2" => Tag::Heading(2),
        "h3" => Tag::Heading(3),
        "h4" => Tag::Heading(4),
        "h5" => Tag::Heading(5),
        "h6" => Tag::Heading(6),
        "blockquote" => Tag::Quote,
        "code_block" => Tag::Code,
        "hr" => Tag::Rule,
        "inline-variable" => Tag::Inline,
        _ => Tag::Line,
    }
}

/// Links go to web pages, mail and telephone; anything else, `javascript:` above all, goes nowhere.
pub fn safe_link(url: &str) -> String {
    let trimmed = url.trim();
    let lower = trimmed.to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:", "tel:", "sms:"];
    if known.iter().any(|scheme| lower.starts_with(scheme)) {
        trimmed.to_owned()
    } else if trimmed.is_empty()
        || lower
            .split(['/', '?', '#'])
            .next()
            .is_some_and(|head| head.contains(':'))
    {
        "#".to_owned()
    } else if trimmed.starts_with('/') || trimmed.starts_with('#') {
        trimmed.to_owned()
    } else {
        format!("https://{trimmed}")
    }
}

/// The text alone, for counting words and for screen readers.
pub fn plain(nodes: &[Node]) -> String {
    let mut text = String::new();
    collect(nodes, &mut text);
    text
}

fn collect(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::Text(span) => text.push_str(&span.text),
            Node::Element(Tag::Link(_) | Tag::Inline, children) => collect(children, text),
            Node::Element(_, children) => {
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
                collect(children, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_marks_and_elements() {
        let nodes = read(&[json!({"type": "p", "children": [
            {"text": "Hi "}, {"text": "there", "bold": true},
            {"type": "a", "url": "e.com/x", "children": [{"text": "!"}]}]})]);
        let Node::Element(Tag::Paragraph, children) = &nodes[0] else {
            panic!("{nodes:?}")
        };
        assert!(matches!(&children[1], Node::Text(span) if span.bold && span.text == "there"));
        assert!(
            matches!(&children[2], Node::Element(Tag::Link(url), _) if url == "https://e.com/x")
        );
        assert_eq!(plain(&nodes), "Hi there!");
    }

    #[test]
    fn paragraphs_are_words_apart() {
        let paragraph = |text: &str| json!({"type": "p", "children": [{"text": text}]});
        assert_eq!(
            plain(&read(&[paragraph("one"), paragraph("two")])),
            "one two"
        );
    }

    #[test]
    fn a_link_never_runs_code() {
        for bad in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "data:text/html,x",
            "",
            "vbscript:x",
        ] {
            assert_eq!(safe_link(bad), "#", "{bad}");
        }
        for good in [
            "https://e.com/a:b",
            "mailto:a@b.co",
            "tel:+33",
            "/terms",
            "#top",
        ] {
            assert_eq!(safe_link(good), good);
        }
        assert_eq!(safe_link("e.com/a:b"), "https://e.com/a:b");
    }
}
