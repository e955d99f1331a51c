//! Answers to e-mail inputs.

use std::sync::LazyLock;

use regex::Regex;

/// A dotted or quoted local part, then a dotted ASCII domain or an IPv4 address in brackets.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^(?:[^<>()\[\]\\.,;:\s@"]+(?:\.[^<>()\[\]\\.,;:\s@"]+)*|"[^"]+")"#,
        r"@(?:\[[0-9]{1,3}(?:\.[0-9]{1,3}){3}\]|(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,})$",
    ))
    .expect("the pattern is valid")
});

/// Reads an answer: an address in lower case.
pub fn parse(reply: &str) -> Option<String> {
    ADDRESS.is_match(reply).then(|| reply.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let valid = [
            "ada@example.com",
            "a.b+c@d-e.co.uk",
            "\"x y\"@e.com",
            "a@[127.0.0.1]",
            "é@e.com",
        ];
        for address in valid {
            assert_eq!(parse(address).as_deref(), Some(address));
        }
        assert_eq!(parse("ADA@Example.COM").as_deref(), Some("ada@example.com"));
        let invalid = [
            " ada@example.com ",
            "ada",
            "a@b",
            "a@b.c",
            "a@@b.com",
            "a@é.com",
            "",
            "a@b.com, c@d.com",
            "mailto:a@b.com",
            "a@b.c1",
            ".a@b.com",
            "a..b@b.com",
        ];
        for address in invalid {
            assert_eq!(parse(address), None, "{address:?}");
        }
    }
}
