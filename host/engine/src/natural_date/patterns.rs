//! Patterns, each with the function that reads what it found.

use std::ops::Range;

use regex::{Captures, Regex};

use super::{Finding, Moment};

/// Compiles patterns, which ignore letter case.
pub(super) fn compile<R, const N: usize>(patterns: [(String, R); N]) -> [(Regex, R); N] {
    patterns.map(|(pattern, reader)| {
        let pattern = Regex::new(&format!("(?i){pattern}")).expect("the pattern is valid");
        (pattern, reader)
    })
}

/// Finds what stands apart in a text and can be read: a date, maybe with its end.
pub(super) fn find<R>(
    patterns: &[(Regex, R)],
    text: &str,
    read: impl Fn(&R, &Captures<'_>) -> Option<(Moment, Option<Moment>)>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (pattern, reader) in patterns {
        for captures in pattern.captures_iter(text) {
            let range = captures.get_match().range();
            if !stands_apart(text, range.clone()) {
                continue;
            }
            if let Some((start, end)) = read(reader, &captures) {
                findings.push(Finding { range, start, end });
            }
        }
    }
    findings
}

/// Whether no letter, digit or further part of a number stands beside a place in the text.
pub(super) fn stands_apart(text: &str, range: Range<usize>) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '/' || c == '_';
    let before = text[..range.start].chars().next_back();
    let after = text[range.end..].chars().next();
    !before.is_some_and(joins) && !after.is_some_and(joins)
}
