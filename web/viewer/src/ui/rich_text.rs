//! Rich text on screen.

use sycamore::prelude::*;

use crate::api::rich_text::{Node, Span, Tag};

/// Nodes one after the other.
pub fn nodes(nodes: &[Node]) -> View {
    nodes.iter().map(node).collect::<Vec<_>>().into()
}

fn node(node: &Node) -> View {
    match node {
        Node::Text(span) => text(span),
        Node::Element(tag, children) => element(tag, children),
    }
}

fn element(tag: &Tag, children: &[Node]) -> View {
    let inner = nodes(children);
    match tag {
        Tag::Paragraph if is_blank(children) => view! { br() },
        Tag::Paragraph => view! { p { (inner) } },
        Tag::Link(url) => {
            let url = url.clone();
            view! { a(href=url, target="_blank", rel="noopener noreferrer") { (inner) } }
        }
        Tag::Bullets => view! { ul { (inner) } },
        Tag::Numbers => view! { ol { (inner) } },
        Tag::Item => view! { li { (inner) } },
        // The page's own heading is the first. Messages begin and end anywhere in an outline: their
        // headings are all of the second level, and differ in looks alone.
        Tag::Heading(level) => {
            let class = format!("heading-{}", level + 1);
            view! { div(role="heading", aria-level="2", class=class) { (inner) } }
        }
        Tag::Quote => view! { blockquote { (inner) } },
        Tag::Code => view! { pre { code { (inner) } } },
        Tag::Rule => view! { hr() },
        Tag::Line => view! { div { (inner) } },
        Tag::Inline => view! { span { (inner) } },
    }
}

fn is_blank(children: &[Node]) -> bool {
    children
        .iter()
        .all(|child| matches!(child, Node::Text(span) if span.text.is_empty()))
}

fn text(span: &Span) -> View {
    let mut view: View = span.text.clone().into();
    if span.code {
        view = view! { code { (view) } };
    }
    if span.strike {
        view = view! { s { (view) } };
    }
    if span.underline {
        view = view! { u { (view) } };
    }
    if span.italic {
        view = view! { em { (view) } };
    }
    if span.bold {
        view = view! { strong { (view) } };
    }
    view
}
