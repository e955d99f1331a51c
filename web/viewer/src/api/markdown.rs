//! Markdown as rich text: what language models write.
//!
//! The parser is a script that is loaded when it is first needed; this reads the tokens it gives.
//! HTML counts as text.

use serde_json::Value;

use super::rich_text::{Node, Span, Tag, safe_link};
use crate::json::Fields;

/// Reads a list of tokens.
pub fn read(tokens: &Value) -> Vec<Node> {
    nodes(tokens.list(""), &Span::default())
}

/// A text that nobody parsed.
pub fn plain(text: &str) -> Vec<Node> {
    vec![Node::Element(Tag::Line, vec![span(text, &Span::default())])]
}

fn nodes(tokens: &[Value], marks: &Span) -> Vec<Node> {
    tokens.iter().flat_map(|token| node(token, marks)).collect()
}

fn node(token: &Value, marks: &Span) -> Vec<Node> {
    let inner = |marks: &Span| nodes(token.list("tokens"), marks);
    let mut marks = marks.clone();
    let tag = match token.text_or("type", "").as_str() {
        "space" | "def" => return Vec::new(),
        "strong" => {
            marks.bold = true;
            return inner(&marks);
        }
        "em" => {
            marks.italic = true;
            return inner(&marks);
        }
        "del" => {
            marks.strike = true;
            return inner(&marks);
        }
        "codespan" => {
            marks.code = true;
            return vec![words(token, &marks)];
        }
        "br" => return vec![span("\n", &marks)],
        "hr" => return vec![Node::Element(Tag::Rule, Vec::new())],
        "code" => return vec![Node::Element(Tag::Code, vec![words(token, &marks)])],
        "list" => {
            let tag = match token.flag("ordered", false) {
                true => Tag::Numbers,
                false => Tag::Bullets,
            };
            let items = token.list("items").iter();
            let item = |item: &Value| Node::Element(Tag::Item, nodes(item.list("tokens"), &marks));
            return vec![Node::Element(tag, items.map(item).collect())];
        }
        "paragraph" => Tag::Paragraph,
        "heading" => Tag::Heading(token.number("depth").unwrap_or(1.0).clamp(1.0, 6.0) as u8),
        "blockquote" => Tag::Quote,
        "link" => Tag::Link(safe_link(&token.text_or("href", ""))),
        "image" => {
            let link = Tag::Link(safe_link(&token.text_or("href", "")));
            return vec![Node::Element(link, vec![words(token, &marks)])];
        }
        // A text within a list's item holds tokens of its own; what is unknown shows its source.
        _ if token.list("tokens").is_empty() => return vec![words(token, &marks)],
        _ => return inner(&marks),
    };
    vec![Node::Element(tag, inner(&marks))]
}

fn words(token: &Value, marks: &Span) -> Node {
    let text = token.text("text").or_else(|| token.text("raw"));
    let text = text.unwrap_or_default();
    let is_code = marks.code || token.at("type") == "code";
    span(&if is_code { text } else { unescaped(text) }, marks)
}

/// The parser leaves the characters that HTML escapes as they were written.
fn unescaped(mut text: String) -> String {
    if text.contains('&') {
        let escapes = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&nbsp;", "\u{a0}"),
            ("&amp;", "&"),
        ];
        for (escape, character) in escapes {
            text = text.replace(escape, character);
        }
    }
    text
}

fn span(text: &str, marks: &Span) -> Node {
    Node::Text(Span {
        text: text.to_owned(),
        ..marks.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_become_rich_text() {
        let nodes = read(&json!([
            {"type": "heading", "depth": 2, "tokens": [{"type": "text", "text": "Plan"}]},
            {"type": "space"},
            {"type": "list", "ordered": true, "items": [{"tokens": [{"type": "text", "tokens": [
                {"type": "strong", "tokens": [{"type": "text", "text": "Go"}]},
                {"type": "link", "href": "javascript:x", "tokens": [{"type": "text", "text": "it"}]}]}]}]},
            {"type": "html", "text": "<b>"}, {"type": "table", "raw": "|a|"}]));
        let [
            Node::Element(Tag::Heading(2), _),
            Node::Element(Tag::Numbers, items),
            Node::Text(html),
            Node::Text(table),
        ] = &nodes[..]
        else {
            panic!("{nodes:?}")
        };
        let Node::Element(Tag::Item, first) = &items[0] else {
            panic!("{items:?}")
        };
        assert!(matches!(&first[0], Node::Text(span) if span.bold && span.text == "Go"));
        assert!(matches!(&first[1], Node::Element(Tag::Link(url), _) if url == "#"));
        assert_eq!((html.text.as_str(), table.text.as_str()), ("<b>", "|a|"));
    }
}
