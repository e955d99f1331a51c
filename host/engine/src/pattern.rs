//! Regular expressions of bots, which are written for JavaScript, matched in linear time.
//!
//! A pattern is checked as JavaScript and translated for an engine that never backtracks, since
//! visitors choose the texts it runs on. What that engine cannot do (looking around, backward
//! references) is left to the backtracking engine.

use regress::Regex as Backtracking;
use thiserror::Error;

/// JavaScript's `\s`, as the content of a class.
const SPACE: &str = r"\t\n\x0B\x0C\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";
const WORD: &str = "0-9A-Za-z_";
const DIGIT: &str = "0-9";

/// A text that is not a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("\"{pattern}\" is not a regular expression: {reason}")]
pub struct InvalidPattern {
    /// As it stands in the document, variables put in.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A regular expression that is ready to run.
#[derive(Debug)]
pub struct Pattern(Engine);

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<Backtracking>),
}

impl Pattern {
    /// Reads `/pattern/flags`, with flags of `gimuy`, or a bare pattern.
    ///
    /// # Errors
    /// The text is no regular expression of JavaScript.
    pub fn parse(written: &str) -> Result<Self, InvalidPattern> {
        let (source, flags) = split(written);
        let backtracking =
            Backtracking::with_flags(source, flags).map_err(|error| InvalidPattern {
                pattern: written.to_owned(),
                reason: error.text,
            })?;
        let linear = translate(source).and_then(|translated| {
            regex::RegexBuilder::new(&translated)
                .case_insensitive(flags.contains('i'))
                .multi_line(flags.contains('m'))
                .build()
                .ok()
        });
        Ok(Self(match linear {
            Some(linear) => Engine::Linear(linear),
            None => Engine::Backtracking(Box::new(backtracking)),
        }))
    }

    /// Whether the pattern is found anywhere in a text.
    pub fn is_found_in(&self, text: &str) -> bool {
        match &self.0 {
            Engine::Linear(regex) => regex.is_match(text),
            Engine::Backtracking(regex) => regex.find(text).is_some(),
        }
    }
}

fn split(written: &str) -> (&str, &str) {
    written
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
        .filter(|(source, flags)| {
            !source.is_empty() && flags.chars().all(|flag| "gimuy".contains(flag))
        })
        .unwrap_or((written, ""))
}

/// Rewrites a valid pattern of JavaScript; none where it has no equal.
fn translate(source: &str) -> Option<String> {
    let mut translated = String::with_capacity(source.len() + 16);
    let mut rest = source;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\\' => escape(&mut translated, after, in_class)?,
            ']' if in_class => {
                in_class = false;
                translated.push(']');
                after
            }
            '[' | '&' | '~' if in_class => {
                translated.extend(['\\', c]);
                after
            }
            '[' => {
                in_class = true;
                open_class(&mut translated, after)?
            }
            _ if in_class => {
                translated.push(c);
                after
            }
            '.' => {
                translated.push_str(r"[^\n\r\u{2028}\u{2029}]");
                after
            }
            '(' if after.starts_with('?') && !is_plain_group(after) => return None,
            '{' if !is_quantifier(after) => {
                translated.push_str(r"\{");
                after
            }
            _ => {
                translated.push(c);
                after
            }
        };
    }
    Some(translated)
}

fn open_class<'t>(out: &mut String, after: &'t str) -> Option<&'t str> {
    out.push('[');
    let rest = match after.strip_prefix('^') {
        Some(rest) => {
            out.push('^');
            rest
        }
        None => after,
    };
    (!rest.starts_with(']')).then_some(rest)
}

/// Whether a group, seen from its question mark, only groups or has a name.
fn is_plain_group(group: &str) -> bool {
    let is_named =
        group.starts_with("?<") && !group.starts_with("?<=") && !group.starts_with("?<!");
    group.starts_with("?:") || is_named
}

/// Whether `2}`, `2,}` or `2,3}` follows.
fn is_quantifier(after: &str) -> bool {
    let Some((bounds, _)) = after.split_once('}') else {
        return false;
    };
    let (low, high) = bounds.split_once(',').unwrap_or((bounds, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && is_number(low) && is_number(high)
}

/// Translates what stands after a backslash and gives what is left.
fn escape<'t>(out: &mut String, after: &'t str, in_class: bool) -> Option<&'t str> {
    let c = after.chars().next()?;
    let rest = &after[c.len_utf8()..];
    match c {
        'd' => class(out, DIGIT, in_class),
        'w' => class(out, WORD, in_class),
        's' => class(out, SPACE, in_class),
        'D' | 'W' | 'S' if !in_class => {
            let content = match c {
                'D' => DIGIT,
                'W' => WORD,
                _ => SPACE,
            };
            out.push_str(&format!("[^{content}]"));
        }
        'b' if in_class => out.push_str(r"\x08"),
        'b' => out.push_str(r"(?-u:\b)"),
        't' | 'n' | 'r' | 'f' | 'v' => out.extend(['\\', c]),
        'x' | 'u' => return code_point(out, rest, if c == 'x' { 2 } else { 4 }),
        c if c.is_ascii_alphanumeric() => return None,
        c if c.is_ascii_punctuation() => out.extend(['\\', c]),
        c => out.push(c),
    }
    Some(rest)
}

fn class(out: &mut String, content: &str, in_class: bool) {
    if in_class {
        out.push_str(content);
    } else {
        out.push_str(&format!("[{content}]"));
    }
}

fn code_point<'t>(out: &mut String, after: &'t str, digits: usize) -> Option<&'t str> {
    let hex = after.get(..digits)?;
    let code = u32::from_str_radix(hex, 16).ok()?;
    char::from_u32(code)?;
    out.push_str(&format!(r"\u{{{code:X}}}"));
    Some(&after[digits..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).unwrap().is_found_in(text)
    }

    #[test]
    fn patterns_mean_what_they_mean_in_javascript() {
        let cases = [
            ("/^h/i", "Hello", true),
            ("/^h/", "Hello", false),
            (r"^\d+$", "12", true),
            (r"^\d+$", "١٢", false),
            (r"\w", "é", false),
            (r"^[\w\s-]+$", "a b-\u{a0}c", true),
            (r"\bfoo\b", "éfoo", true),
            ("a.b", "a\rb", false),
            (r"[[&&]]", "[]", true),
            (r"a{,2}", "a{,2}", true),
            (r"^a{2,}$", "aaa", true),
            (r"^\u0041\x42$", "AB", true),
            (r"^(?<year>\d{4})\/", "2024/05", true),
            (r"(?=b)", "abc", true),
            (r"(a)\1", "aa", true),
            (r"a\/b", "a/b", true),
            ("/a/b", "x/a/b", true),
            ("/^b$/m", "a\nb", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(found(pattern, text), expected, "{pattern} in {text:?}");
        }
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["[", "(", "*", "(?i)a", "/[/g"] {
            assert_eq!(Pattern::parse(pattern).unwrap_err().pattern, pattern);
        }
    }

    #[test]
    fn nested_repetition_takes_no_time() {
        let text = format!("{}!", "a".repeat(10_000));
        assert!(!found("^(a+)+$", &text));
        assert!(!found(r"/^([\w.]+)*$/i", &text));
    }

    proptest! {
        /// Both engines agree on what the translation keeps.
        #[test]
        fn translations_mean_the_same(pattern in r"[ab.^$|()*+?\[\]{}1,\\dwsDbB-]{0,8}", text in "[ab1 \n-]{0,6}") {
            if let Ok(Pattern(Engine::Linear(linear))) = Pattern::parse(&pattern) {
                let other = Backtracking::new(split(&pattern).0).unwrap();
                prop_assert_eq!(linear.is_match(&text), other.find(&text).is_some(), "{}", pattern);
            }
        }

        #[test]
        fn nothing_panics(pattern in any::<String>(), text in "[ab\\PC]{0,10}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let _ = pattern.is_found_in(&text);
            }
        }
    }
}
