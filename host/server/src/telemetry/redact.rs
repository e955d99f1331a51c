//! Takes quoted words out of what libraries say: they quote what they were given, and that may be
//! what a visitor wrote, or a secret.

/// The text with everything in quotation marks left out.
pub(super) fn unquoted(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['"', '`', '“', '\'']) {
        let (before, quoted) = rest.split_at(start);
        let mark = quoted.chars().next().unwrap_or('"');
        let inner = &quoted[mark.len_utf8()..];
        kept.push_str(before);
        // An apostrophe within a word opens nothing.
        let in_word = mark == '\'' && before.ends_with(char::is_alphanumeric);
        if in_word {
            kept.push(mark);
            rest = inner;
            continue;
        }
        let end = if mark == '“' { '”' } else { mark };
        kept.push(mark);
        kept.push('…');
        kept.push(end);
        // What was quoted may hold the mark itself: the last one in the line ends it.
        let line = inner.find('\n').unwrap_or(inner.len());
        match inner[..line].rfind(end) {
            Some(at) => rest = &inner[at + end.len_utf8()..],
            None => rest = "",
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn what_is_quoted_is_left_out() {
        for (told, kept) in [
            (
                "invalid type: string \"my secret\", expected u64",
                "invalid type: string \"…\", expected u64",
            ),
            (
                "byte index 1 is not a char boundary; it is inside 'é' (bytes 0..2) of `héllo`",
                "byte index 1 is not a char boundary; it is inside '…' (bytes 0..2) of `…`",
            ),
            ("the server's fault", "the server's fault"),
            ("a “word” here", "a “…” here"),
            ("no end \"of a", "no end \"…\""),
            ("nothing", "nothing"),
            ("a \"quoted \" mark\" inside", "a \"…\" inside"),
        ] {
            assert_eq!(unquoted(told), kept);
        }
    }
}
