//! A block's picture as it may be shown: an SVG of plain shapes, written anew from what was parsed.
//! Whatever is not known to be harmless is left out: scripts, links, styles, foreign content.

use std::fmt::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

const SVG: &str = "http://www.w3.org/2000/svg";

/// The largest picture, in bytes.
const MOST_BYTES: usize = 64 << 10;
const MOST_NODES: u32 = 2_000;
const MOST_DEPTH: usize = 32;

const ELEMENTS: &[&str] = &[
    "circle",
    "clipPath",
    "defs",
    "ellipse",
    "g",
    "line",
    "linearGradient",
    "mask",
    "path",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "svg",
    "title",
];

const ATTRIBUTES: &[&str] = &[
    "clip-path",
    "clip-rule",
    "clipPathUnits",
    "cx",
    "cy",
    "d",
    "fill",
    "fill-opacity",
    "fill-rule",
    "fx",
    "fy",
    "gradientTransform",
    "gradientUnits",
    "height",
    "id",
    "mask",
    "maskUnits",
    "offset",
    "opacity",
    "points",
    "preserveAspectRatio",
    "r",
    "rx",
    "ry",
    "spreadMethod",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "stroke-width",
    "transform",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

/// The harmless part of an SVG picture; none where it is no picture.
pub fn sanitized_icon(svg: &str) -> Option<String> {
    if svg.len() > MOST_BYTES {
        return None;
    }
    let options = ParsingOptions {
        // No entities: they can be made to grow without end.
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(svg, options).ok()?;
    let root = document.root_element();
    if !root.has_tag_name((SVG, "svg")) {
        return None;
    }
    let mut out = String::with_capacity(svg.len());
    write(root, 0, &mut out);
    Some(out)
}

fn write(node: Node<'_, '_>, depth: usize, out: &mut String) {
    let tag = node.tag_name();
    if tag.namespace() != Some(SVG) || !ELEMENTS.contains(&tag.name()) || depth > MOST_DEPTH {
        return;
    }
    // Writing to a String cannot fail.
    let _ = write!(out, "<{}", tag.name());
    if depth == 0 {
        let _ = write!(out, " xmlns=\"{SVG}\"");
    }
    for attribute in node.attributes() {
        let is_known = attribute.namespace().is_none() && ATTRIBUTES.contains(&attribute.name());
        if is_known && is_harmless(attribute.value()) {
            let _ = write!(
                out,
                " {}=\"{}\"",
                attribute.name(),
                escaped(attribute.value())
            );
        }
    }
    out.push('>');
    for child in node.children() {
        if child.is_element() {
            write(child, depth + 1, out);
        } else if let (true, Some(text)) = (child.is_text() && tag.name() == "title", child.text())
        {
            out.push_str(&escaped(text));
        }
    }
    let _ = write!(out, "</{}>", tag.name());
}

/// A value may point at a part of the picture itself, and nowhere else.
fn is_harmless(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let points_within = |rest: &str| {
        let rest = rest.trim_start_matches([' ', '"', '\'']);
        rest.starts_with('#')
    };
    !lower.contains(['\\', ':', '<']) && lower.split("url(").skip(1).all(points_within)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(inner: &str) -> Option<String> {
        let svg = format!("<svg xmlns='{SVG}' viewBox='0 0 8 8' onload='alert(1)'>{inner}</svg>");
        let svg = sanitized_icon(&svg)?;
        let head = format!("<svg xmlns=\"{SVG}\" viewBox=\"0 0 8 8\">");
        let inner = svg.strip_prefix(&head)?.strip_suffix("</svg>")?;
        Some(inner.to_owned())
    }

    #[test]
    fn shapes_stay_and_everything_else_goes() {
        let table = [
            (
                "<path d='M0 0h8' fill='#f00'/>",
                "<path d=\"M0 0h8\" fill=\"#f00\"></path>",
            ),
            ("<rect fill='url(#a)'/>", "<rect fill=\"url(#a)\"></rect>"),
            ("<rect fill='url(https://x.example/a)'/>", "<rect></rect>"),
            ("<rect fill='URL( //x.example/a)'/>", "<rect></rect>"),
            ("<script>alert(1)</script>", ""),
            ("<g onclick='x'><style>*{}</style></g>", "<g></g>"),
            ("<a href='javascript:x'><rect/></a>", ""),
            ("<use href='#a'/>", ""),
            ("<image href='https://x.example/a.png'/>", ""),
            (
                "<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
                "",
            ),
            (
                "<rect style='fill:url(x)' id='a&quot;&lt;b'/>",
                "<rect></rect>",
            ),
            (
                "<title>A &lt;b&gt; &amp; c</title>",
                "<title>A &lt;b&gt; &amp; c</title>",
            ),
            ("text", ""),
        ];
        for (given, expected) in table {
            assert_eq!(clean(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let bomb =
            "<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>";
        let many = format!("<svg xmlns='{SVG}'>{}</svg>", "<g/>".repeat(3_000));
        let large = format!(
            "<svg xmlns='{SVG}'><path d='{}'/></svg>",
            "0".repeat(MOST_BYTES)
        );
        for bad in ["", "<html/>", "<svg/>", "<svg", bomb, &many, &large] {
            assert_eq!(sanitized_icon(bad), None, "{}", &bad[..bad.len().min(60)]);
        }
    }
}
