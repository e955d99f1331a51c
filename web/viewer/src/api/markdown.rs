//! Markdown as rich text: what language models write. HTML counts as text.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag as Mark, TagEnd};

use super::rich_text::{Node, Span, Tag, safe_link};

/// Reads Markdown, whole or as far as it is written.
pub fn read(markdown: &str) -> Vec<Node> {
    let mut builder = Builder::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        builder.event(event);
    }
    builder.nodes
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    open: Vec<(Tag, Vec<Node>)>,
    marks: Span,
}

impl Builder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(mark) => self.start(mark),
            Event::End(end) => self.end(end),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => {
                self.marks.code = true;
                self.text(&text);
                self.marks.code = false;
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Rule => self.add(Node::Element(Tag::Rule, Vec::new())),
            _ => {}
        }
    }

    fn start(&mut self, mark: Mark<'_>) {
        let tag = match mark {
            Mark::Strong => return self.marks.bold = true,
            Mark::Emphasis => return self.marks.italic = true,
            Mark::Strikethrough => return self.marks.strike = true,
            Mark::Paragraph => Tag::Paragraph,
            Mark::Heading { level, .. } => Tag::Heading(depth(level)),
            Mark::BlockQuote(_) => Tag::Quote,
            Mark::CodeBlock(_) => Tag::Code,
            Mark::List(Some(_)) => Tag::Numbers,
            Mark::List(None) => Tag::Bullets,
            Mark::Item => Tag::Item,
            Mark::Link { dest_url, .. } | Mark::Image { dest_url, .. } => {
                Tag::Link(safe_link(&dest_url))
            }
            _ => Tag::Line,
        };
        self.open.push((tag, Vec::new()));
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Strong => self.marks.bold = false,
            TagEnd::Emphasis => self.marks.italic = false,
            TagEnd::Strikethrough => self.marks.strike = false,
            _ => {
                if let Some((tag, children)) = self.open.pop() {
                    self.add(Node::Element(tag, children));
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.to_owned();
        self.add(Node::Text(Span {
            text,
            ..self.marks.clone()
        }));
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some((_, children)) => children.push(node),
            None => self.nodes.push(node),
        }
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::rich_text::plain;

    #[test]
    fn reads_what_models_write() {
        let nodes = read("## Plan\n\n1. **Go** to [it](javascript:x)\n2. `x < 1`\n");
        let [
            Node::Element(Tag::Heading(2), _),
            Node::Element(Tag::Numbers, items),
        ] = &nodes[..]
        else {
            panic!("{nodes:?}")
        };
        let Node::Element(Tag::Item, first) = &items[0] else {
            panic!("{items:?}")
        };
        assert!(matches!(&first[0], Node::Text(span) if span.bold && span.text == "Go"));
        assert!(matches!(&first[2], Node::Element(Tag::Link(url), _) if url == "#"));
        assert!(plain(&nodes).contains("x < 1"));
    }

    #[test]
    fn a_text_half_written_is_shown_as_far_as_it_is() {
        assert_eq!(plain(&read("A **bo")), "A **bo");
        assert_eq!(plain(&read("```\nlet x")), "let x");
        assert_eq!(plain(&read("<b>x</b>")), "<b>x</b>");
    }
}
