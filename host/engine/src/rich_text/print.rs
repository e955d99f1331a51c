//! Rich text printed as Markdown or plain text; texts are not escaped.

use serde_json::Value;

use super::elements::{children_of, has_mark, kind_of, text_of};

/// Marks from the outermost to the innermost, with what stands before and after.
const MARKS: [(&str, &str, &str); 5] = [
    ("italic", "_", "_"),
    ("bold", "**", "**"),
    ("strikethrough", "~~", "~~"),
    ("underline", "<u>", "</u>"),
    ("code", "`", "`"),
];

/// Prints rich text as Markdown; every block begins on a line of its own.
pub fn to_markdown(elements: &[Value]) -> String {
    if elements.iter().any(|element| text_of(element).is_some()) {
        return inline(elements, &[]);
    }
    let blocks: Vec<String> = elements.iter().map(block).collect();
    blocks.join("\n")
}

/// Prints rich text without any marks; every block begins on a line of its own.
pub fn to_plain_text(elements: &[Value]) -> String {
    let mut text = String::new();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 && text_of(element).is_none() {
            text.push('\n');
        }
        push_plain(&mut text, element);
    }
    text
}

fn push_plain(out: &mut String, element: &Value) {
    if let Some(text) = text_of(element) {
        out.push_str(text);
        return;
    }
    let separates = matches!(kind_of(element), "ul" | "ol" | "li" | "code_block");
    for (index, child) in children_of(element).iter().enumerate() {
        if separates && index > 0 {
            out.push('\n');
        }
        push_plain(out, child);
    }
}

fn block(element: &Value) -> String {
    let children = children_of(element);
    match kind_of(element) {
        "ul" => list(children, |_| "*".to_owned()),
        "ol" => list(children, |index| format!("{}.", index + 1)),
        "blockquote" => indented(&inline(children, &[]), "> ", "> "),
        "hr" => "***".to_owned(),
        "code_block" => code_block(element),
        kind => match heading_level(kind) {
            Some(level) => format!("{} {}", "#".repeat(level), inline(children, &[])),
            None => inline(std::slice::from_ref(element), &[]),
        },
    }
}

fn heading_level(kind: &str) -> Option<usize> {
    let level = kind.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

fn code_block(element: &Value) -> String {
    let language = element
        .get("lang")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let lines: Vec<String> = children_of(element)
        .iter()
        .map(|line| to_plain_text(std::slice::from_ref(line)))
        .collect();
    format!("```{language}\n{}\n```", lines.join("\n"))
}

fn list(items: &[Value], marker: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let marker = format!("{} ", marker(index));
            let content = item_content(item);
            let indent = " ".repeat(marker.len());
            indented(&content, &marker, &indent).trim_end().to_owned()
        })
        .collect();
    items.join("\n")
}

/// Only texts and nested lists of an item are printed.
fn item_content(item: &Value) -> String {
    let parts: Vec<String> = children_of(item)
        .iter()
        .filter_map(|child| match kind_of(child) {
            "lic" => Some(inline(children_of(child), &[])),
            "ul" | "ol" => Some(block(child)),
            _ => None,
        })
        .collect();
    parts.join("\n")
}

fn indented(text: &str, first: &str, others: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(index, line)| match (index, line) {
            (0, line) => format!("{first}{line}"),
            (_, "") => String::new(),
            (_, line) => format!("{others}{line}"),
        })
        .collect();
    lines.join("\n")
}

/// Prints leaves and inline elements; `active` are the marks that already stand around them.
fn inline(nodes: &[Value], active: &[&str]) -> String {
    let mut printed = String::new();
    let mut rest = nodes;
    while let Some((first, others)) = rest.split_first() {
        match longest_run(rest, active) {
            Some(((mark, before, after), length)) => {
                let (run, others) = rest.split_at(length);
                let active: Vec<&str> = active.iter().copied().chain([mark]).collect();
                push_wrapped(&mut printed, &inline(run, &active), before, after);
                rest = others;
            }
            None => {
                push_inline(&mut printed, first);
                rest = others;
            }
        }
    }
    printed
}

fn push_inline(out: &mut String, node: &Value) {
    if let Some(text) = text_of(node) {
        out.push_str(text);
        return;
    }
    let url = node.get("url").and_then(Value::as_str).unwrap_or_default();
    let content = inline(children_of(node), &[]);
    match kind_of(node) {
        "a" => out.push_str(&format!("[{content}]({url})")),
        "img" => {
            let caption = node.get("caption").and_then(Value::as_array);
            let caption = caption.map_or_else(String::new, |leaves| to_plain_text(leaves));
            out.push_str(&format!("![{caption}]({url})"));
        }
        _ => out.push_str(&content),
    }
}

/// The mark that covers most of the next nodes, and how many.
fn longest_run(
    nodes: &[Value],
    active: &[&str],
) -> Option<((&'static str, &'static str, &'static str), usize)> {
    let mut longest = None;
    for mark in MARKS {
        if active.contains(&mark.0) {
            continue;
        }
        let length = nodes
            .iter()
            .take_while(|node| has_mark(node, mark.0))
            .count();
        if length > longest.map_or(0, |(_, length)| length) {
            longest = Some((mark, length));
        }
    }
    longest
}

/// Marks do not take effect beside blanks: those go outside.
fn push_wrapped(out: &mut String, text: &str, before: &str, after: &str) {
    let content = text.trim_matches(' ');
    if content.is_empty() {
        out.push_str(text);
        return;
    }
    let start = text.len() - text.trim_start_matches(' ').len();
    let end = start + content.len();
    out.push_str(&text[..start]);
    out.push_str(before);
    out.push_str(content);
    out.push_str(after);
    out.push_str(&text[end..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::from_markdown;
    use super::*;

    fn markdown(elements: Value) -> String {
        to_markdown(elements.as_array().unwrap())
    }

    #[test]
    fn marks_are_merged_and_nested() {
        let leaves = json!([{"type": "p", "children": [
            {"text": "b "},
            {"bold": true, "text": "bold"}, {"bold": true, "text": " and "},
            {"bold": true, "italic": true, "text": "it"},
            {"text": " e"}
        ]}]);
        assert_eq!(markdown(leaves), "b **bold and _it_** e");
        let both = json!([{"type": "p", "children": [
            {"italic": true, "underline": true, "text": "a"}, {"bold": true, "text": "1"}
        ]}]);
        assert_eq!(markdown(both), "_<u>a</u>_**1**");
        let blank = json!([{"type": "p", "children": [
            {"bold": true, "text": " tab "}, {"bold": true, "text": ""}
        ]}]);
        assert_eq!(markdown(blank), " **tab** ");
    }

    #[test]
    fn markdown_survives_the_way_there_and_back() {
        let unchanged = [
            "Hi\n\n**yo**",
            "* a\n* b",
            "1. a\n2. b\n   * c",
            "# T",
            "> q",
            "***",
            "```rust\nlet x;\n```",
            "[l](https://x.y) _i_ `c`",
            "a\nb",
            "",
        ];
        for text in unchanged {
            assert_eq!(to_markdown(&from_markdown(text)), text);
        }
    }

    #[test]
    fn plain_text_has_no_marks() {
        let elements = from_markdown("# T\n**b** [l](u)\n\n- x\n- y");
        assert_eq!(to_plain_text(&elements), "T\nb l\n\nx\ny");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), marks in r"[\[\]()*_#>`\-+. \n\ta1!<]{0,60}") {
            let _ = to_markdown(&from_markdown(&text));
            let elements = from_markdown(&marks);
            let _ = to_markdown(&elements);
            let _ = to_plain_text(&elements);
        }
    }
}
