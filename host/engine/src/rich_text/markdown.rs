//! CommonMark to rich text elements; HTML counts as text.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value, json};

use super::elements::{element, filled, leaf, marked, text_of};

/// Reads Markdown as rich text; each blank line between blocks is an empty paragraph.
pub fn from_markdown(markdown: &str) -> Vec<Value> {
    let mut builder = Builder::default();
    let mut last_line = None;
    for (event, range) in Parser::new_ext(markdown, Options::empty()).into_offset_iter() {
        let starts_block = builder.open.is_empty() && !matches!(event, Event::End(_));
        if starts_block {
            let first = line_of(markdown, range.start);
            builder.blank_lines(first.saturating_sub(last_line.map_or(0, |line| line + 1)));
            last_line = Some(line_of(markdown, end_of(markdown, range.start, range.end)));
        }
        builder.event(event);
    }
    if let Some(last) = last_line {
        let lines = markdown.matches('\n').count();
        builder.blank_lines(lines.saturating_sub(last + 1));
    }
    builder.blocks
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

/// Where a block ends without the blank lines after it.
fn end_of(text: &str, start: usize, end: usize) -> usize {
    start + text[start..end].trim_end().len()
}

/// An element whose end has not come yet.
struct Open {
    kind: &'static str,
    children: Vec<Value>,
    fields: Map<String, Value>,
}

#[derive(Default)]
struct Builder {
    blocks: Vec<Value>,
    open: Vec<Open>,
    marks: Map<String, Value>,
    last_was_text: bool,
}

impl Builder {
    fn blank_lines(&mut self, count: usize) {
        for _ in 0..count {
            self.blocks.push(element("p", vec![leaf("")]));
        }
    }

    fn event(&mut self, event: Event<'_>) {
        let is_text = matches!(event, Event::Text(_) | Event::SoftBreak);
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::SoftBreak => self.text("\n"),
            Event::Code(code) => {
                self.marks.insert("code".to_owned(), Value::Bool(true));
                self.leaf(&code);
                self.marks.shift_remove("code");
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                self.leaf(&html.replace("<br />", "\n"));
            }
            Event::HardBreak => self.push(leaf("\n")),
            Event::Rule => self.push(filled("hr", Vec::new())),
            _ => {}
        }
        self.last_was_text = is_text;
    }

    fn start(&mut self, tag: Tag<'_>) {
        let mut fields = Map::new();
        let kind = match tag {
            Tag::Paragraph | Tag::HtmlBlock => "p",
            Tag::Heading { level, .. } => heading(level),
            Tag::BlockQuote(_) => "blockquote",
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                if let Some(language) = info.split_whitespace().next() {
                    fields.insert("lang".to_owned(), Value::from(language));
                }
                "code_block"
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => "code_block",
            Tag::List(None) => "ul",
            Tag::List(Some(_)) => "ol",
            Tag::Item => "li",
            Tag::Link { dest_url, .. } => {
                fields.insert("url".to_owned(), Value::from(&*dest_url));
                "a"
            }
            Tag::Image { dest_url, .. } => {
                fields.insert("url".to_owned(), Value::from(&*dest_url));
                "img"
            }
            Tag::Strong => return self.mark("bold"),
            Tag::Emphasis => return self.mark("italic"),
            _ => return,
        };
        self.open.push(Open {
            kind,
            children: Vec::new(),
            fields,
        });
    }

    fn mark(&mut self, mark: &str) {
        self.marks.insert(mark.to_owned(), Value::Bool(true));
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => drop(self.marks.shift_remove("bold")),
            TagEnd::Emphasis => drop(self.marks.shift_remove("italic")),
            _ => {
                if let Some(open) = self.open.pop() {
                    self.close(open);
                }
            }
        }
    }

    fn close(&mut self, open: Open) {
        let children = open.children;
        let in_list_item = self.open.last().is_some_and(|parent| parent.kind == "li");
        match open.kind {
            "p" if in_list_item => self.push(filled("lic", children)),
            "p" => self.paragraph(children),
            "blockquote" => self.push(filled("blockquote", quoted(children))),
            "code_block" => {
                let lines = code_lines(&children);
                self.push_with("code_block", lines, open.fields);
            }
            "li" => self.push(element("li", item(children))),
            "img" => {
                let mut fields = open.fields;
                let caption = vec![leaf(&super::to_plain_text(&children))];
                fields.insert("caption".to_owned(), Value::Array(caption));
                self.push_with("img", vec![leaf("")], fields);
            }
            kind => self.push_with(kind, children, open.fields),
        }
    }

    /// A paragraph; images and line breaks of their own split it.
    fn paragraph(&mut self, children: Vec<Value>) {
        let mut inline = Vec::new();
        for child in children {
            let is_image = child.get("type").is_some_and(|kind| kind == "img");
            if is_image || text_of(&child) == Some("\n") {
                self.flush(&mut inline);
            }
            if is_image {
                self.push(child);
            } else if text_of(&child) != Some("\n") {
                inline.push(child);
            }
        }
        self.flush(&mut inline);
    }

    fn flush(&mut self, inline: &mut Vec<Value>) {
        if !inline.is_empty() {
            let paragraph = element("p", std::mem::take(inline));
            self.push(paragraph);
        }
    }

    /// Text goes on in the leaf before it where nothing else came between.
    fn text(&mut self, text: &str) {
        if self.last_was_text
            && let Some(Value::Object(last)) = self.siblings().last_mut()
            && let Some(Value::String(before)) = last.get_mut("text")
        {
            before.push_str(text);
            return;
        }
        self.leaf(text);
    }

    fn leaf(&mut self, text: &str) {
        let leaf = marked(&self.marks, text);
        self.push(leaf);
    }

    fn push_with(&mut self, kind: &str, children: Vec<Value>, fields: Map<String, Value>) {
        let Value::Object(mut built) = filled(kind, children) else {
            return;
        };
        built.extend(fields);
        self.push(Value::Object(built));
    }

    fn push(&mut self, value: Value) {
        self.siblings().push(value);
    }

    fn siblings(&mut self) -> &mut Vec<Value> {
        match self.open.last_mut() {
            Some(open) => &mut open.children,
            None => &mut self.blocks,
        }
    }
}

/// The content of a list item: its text in one element, then lists and other blocks.
fn item(children: Vec<Value>) -> Vec<Value> {
    let mut built = Vec::new();
    let mut inline = Vec::new();
    for child in children {
        let is_inline = text_of(&child).is_some() || child["type"] == "a" || child["type"] == "img";
        if is_inline {
            inline.push(child);
            continue;
        }
        if !inline.is_empty() {
            built.push(element("lic", std::mem::take(&mut inline)));
        }
        built.push(child);
    }
    if !inline.is_empty() || built.is_empty() {
        built.push(filled("lic", inline));
    }
    built
}

/// A quotation holds leaves: its paragraphs are joined by line breaks.
fn quoted(blocks: Vec<Value>) -> Vec<Value> {
    let count = blocks.len();
    let mut leaves = Vec::new();
    for (index, block) in blocks.into_iter().enumerate() {
        let Value::Object(mut fields) = block else {
            continue;
        };
        if let Some(Value::Array(children)) = fields.shift_remove("children") {
            leaves.extend(children);
        }
        if index + 1 < count {
            leaves.push(leaf("\n"));
        }
    }
    leaves
}

fn code_lines(children: &[Value]) -> Vec<Value> {
    let code: String = children.iter().filter_map(text_of).collect();
    let code = code.strip_suffix('\n').unwrap_or(&code);
    code.split('\n')
        .map(|line| json!({"type": "code_line", "children": [{"text": line}]}))
        .collect()
}

fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h1",
        HeadingLevel::H2 => "h2",
        HeadingLevel::H3 => "h3",
        HeadingLevel::H4 => "h4",
        HeadingLevel::H5 => "h5",
        HeadingLevel::H6 => "h6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, expected: Value) {
        assert_eq!(
            Value::Array(from_markdown(markdown)),
            expected,
            "{markdown:?}"
        );
    }

    fn p(text: &str) -> Value {
        json!({"type": "p", "children": [{"text": text}]})
    }

    #[test]
    fn plain_texts_are_one_paragraph() {
        let unchanged = [
            "John",
            "5 * 3",
            "a < b",
            "{x}",
            r#"["a","b"]"#,
            "https://e.com",
            "~~s~~",
            "|a|b|\n|-|-|",
            "line1\nline2",
            "me@e.com",
        ];
        for text in unchanged {
            check(text, json!([p(text)]));
        }
        check("", json!([]));
        check("&amp; \\*", json!([p("& *")]));
    }

    #[test]
    fn blank_lines_are_empty_paragraphs() {
        check("a\n\nb", json!([p("a"), p(""), p("b")]));
        check("\na\n\n\nb\n", json!([p(""), p("a"), p(""), p(""), p("b")]));
        check(
            "- a\n\nb\n\n",
            json!([
                {"type": "ul", "children": [{"type": "li", "children": [{"type": "lic", "children": [{"text": "a"}]}]}]},
                p(""), p("b"), p("")
            ]),
        );
    }

    #[test]
    fn marks_and_links_are_leaves() {
        check(
            "**b** and *i* `c`",
            json!([{"type": "p", "children": [
                {"bold": true, "text": "b"}, {"text": " and "}, {"italic": true, "text": "i"},
                {"text": " "}, {"code": true, "text": "c"}
            ]}]),
        );
        check(
            "[l](https://x.y)",
            json!([{"type": "p", "children": [
                {"type": "a", "url": "https://x.y", "children": [{"text": "l"}]}
            ]}]),
        );
        check(
            "<b>x</b>",
            json!([{"type": "p", "children": [
                {"text": "<b>"}, {"text": "x"}, {"text": "</b>"}
            ]}]),
        );
    }

    #[test]
    fn blocks_become_elements() {
        check("## T", json!([{"type": "h2", "children": [{"text": "T"}]}]));
        check(
            "> q\n>\n> r",
            json!([{"type": "blockquote", "children": [
                {"text": "q"}, {"text": "\n"}, {"text": "r"}
            ]}]),
        );
        check("***", json!([{"type": "hr", "children": [{"text": ""}]}]));
        check(
            "```rust x\na\n\nb\n```",
            json!([{"type": "code_block", "lang": "rust", "children": [
                {"type": "code_line", "children": [{"text": "a"}]},
                {"type": "code_line", "children": [{"text": ""}]},
                {"type": "code_line", "children": [{"text": "b"}]}
            ]}]),
        );
        check(
            "1. x\n   - y",
            json!([{"type": "ol", "children": [{"type": "li", "children": [
                {"type": "lic", "children": [{"text": "x"}]},
                {"type": "ul", "children": [{"type": "li", "children": [{"type": "lic", "children": [{"text": "y"}]}]}]}
            ]}]}]),
        );
        check("a  \nb", json!([p("a"), p("b")]));
        check("a<br />b", json!([p("a"), p("b")]));
        check(
            "a ![b *c*](u)",
            json!([p("a "), {
                "type": "img", "url": "u", "caption": [{"text": "b c"}], "children": [{"text": ""}]
            }]),
        );
    }
}
