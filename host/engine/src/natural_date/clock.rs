//! Times of day: `10:30`, `7pm`, `at 8`, `noon`.

use std::sync::LazyLock;

use jiff::civil::Time;
use regex::{Captures, Regex};

use super::patterns::stands_apart;
use super::{Finding, Moment};

static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(at\s+|from\s+)?([0-9]{1,2})(?:([:.])([0-9]{1,2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?)?",
        r"(?:\s*(a\.m\.|p\.m\.|am|pm|a|p|o'clock)\b)?",
    ))
    .expect("the pattern is valid")
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:this\s+|in the\s+|at\s+)?(morning|afternoon|evening|night|midnight|midday|noon)",
    )
    .expect("the pattern is valid")
});

/// Finds the times of day of a text.
pub(super) fn find(text: &str) -> Vec<Finding> {
    let clock = CLOCK
        .captures_iter(text)
        .map(|captures| (read(&captures), captures));
    let named = NAMED
        .captures_iter(text)
        .map(|captures| (named(&captures[1]), captures));
    clock
        .chain(named)
        .filter_map(|(time, captures)| {
            let range = captures.get_match().range();
            let apart = stands_apart(text, range.clone()) && is_no_part_of_number(text, &range);
            Some(Finding::new(range, Moment::at(time.filter(|_| apart)?)))
        })
        .collect()
}

/// Whether no further digits are joined to a place in the text by a sign of numbers or dates.
fn is_no_part_of_number(text: &str, range: &std::ops::Range<usize>) -> bool {
    let is_joint = |c: char| matches!(c, ':' | '.' | ',');
    let mut before = text[..range.start].chars().rev();
    let mut after = text[range.end..].chars();
    let joined_before =
        before.next().is_some_and(is_joint) && before.next().is_some_and(|c| c.is_ascii_digit());
    let joined_after =
        after.next().is_some_and(is_joint) && after.next().is_some_and(|c| c.is_ascii_digit());
    !joined_before && !joined_after
}

fn read(captures: &Captures<'_>) -> Option<Time> {
    let hour: i8 = captures[2].parse().ok()?;
    let half = captures.get(6).map(|half| half.as_str().to_lowercase());
    let is_introduced = captures.get(1).is_some();
    let minute = match (captures.get(4), &half) {
        (Some(minute), _) if minute.len() == 2 => minute.as_str().parse().ok()?,
        (None, half) if half.is_some() || is_introduced => 0,
        _ => return None,
    };
    // `10.30` alone is rather a number.
    if captures.get(3).is_some_and(|point| point.as_str() == ".")
        && half.is_none()
        && !is_introduced
    {
        return None;
    }
    let second = captures
        .get(5)
        .map_or(Ok(0), |second| second.as_str().parse())
        .ok()?;
    let hour = match half.as_deref().map(|half| half.as_bytes()[0]) {
        Some(b'a') if hour <= 12 => hour % 12,
        Some(b'p') if hour <= 12 => hour % 12 + 12,
        Some(b'a' | b'p') => return None,
        _ => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

/// The hour that a part of the day stands for.
pub(super) fn named(name: &str) -> Option<Time> {
    let hour = match name.to_lowercase().as_str() {
        "morning" => 6,
        "midday" | "noon" => 12,
        "afternoon" => 15,
        "evening" => 20,
        "night" => 22,
        "midnight" => 0,
        _ => return None,
    };
    Time::new(hour, 0, 0, 0).ok()
}
