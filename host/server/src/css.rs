//! Style sheets of a bot's builder, without comments and without rules for the badge.

/// The badge that tells what made the page; a bot's style sheet does not reach it.
const BADGE: &str = "lite-badge";

/// Takes out comments, and every rule whose selector mentions the badge.
pub fn cleaned(css: &str) -> String {
    without_badge(&without_comments(css))
}

fn without_comments(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = outside_strings(rest, |rest| rest.starts_with("/*")) {
        kept.push_str(&rest[..start]);
        rest = match rest[start + 2..].find("*/") {
            Some(end) => &rest[start + 2 + end + 2..],
            None => "",
        };
    }
    kept.push_str(rest);
    kept
}

fn without_badge(css: &str) -> String {
    if !css.contains(BADGE) {
        return css.to_owned();
    }
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    // Each step takes a selector, a declaration or the end of a rule.
    while let Some(end) = outside_strings(rest, |rest| rest.starts_with(['{', '}', ';'])) {
        let opens = rest[end..].starts_with('{');
        if opens && rest[..end].contains(BADGE) {
            rest = &rest[end + block_length(&rest[end..])..];
        } else {
            kept.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
        }
    }
    kept.push_str(rest);
    kept
}

/// The length of a block in braces, with both of them; one that never ends goes to the end.
fn block_length(block: &str) -> usize {
    let (mut depth, mut length) = (0usize, 0);
    let is_brace = |rest: &str| rest.starts_with(['{', '}']);
    while let Some(place) = outside_strings(&block[length..], is_brace) {
        let opens = block[length + place..].starts_with('{');
        length += place + 1;
        depth = if opens {
            depth + 1
        } else {
            depth.saturating_sub(1)
        };
        if depth == 0 {
            return length;
        }
    }
    block.len()
}

/// The first place outside of quotes where a text goes on as wanted.
fn outside_strings(css: &str, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (place, c) in css.char_indices() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match (quote, c) {
            (_, '\\') => is_escaped = true,
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if wanted(&css[place..]) => return Some(place),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::cleaned;

    #[test]
    fn comments_and_the_badge_s_rules_go() {
        for (css, expected) in [
            ("a { b: c }", "a { b: c }"),
            ("a /* x */ { b: c /* } */ }", "a  { b: c  }"),
            (
                "a { b: \"/* no comment */\" }",
                "a { b: \"/* no comment */\" }",
            ),
            ("a{} #lite-badge { display: none } b{}", "a{} b{}"),
            ("a, .x #lite-/* */badge:hover{c:d}e{}", "e{}"),
            (
                "@media print { #lite-badge { d: e; &:hover { f: g } } h {} }",
                "@media print { h {} }",
            ),
            (
                "@import url(x.css); #lite-badge{a:b}",
                "@import url(x.css);",
            ),
            ("#lite-badge { never ends", ""),
            (
                "a::after { content: '}#lite-badge{' }",
                "a::after { content: '}#lite-badge{' }",
            ),
            ("/* never ends", ""),
        ] {
            assert_eq!(cleaned(css), expected, "{css}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(css in r#"([{};"'/*\\ aü]|lite-badge){0,30}"#) {
            let once = cleaned(&css);
            prop_assert!(once.len() <= css.len());
        }
    }
}
