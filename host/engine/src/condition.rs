//! Comparisons of conditions: one operator, a variable's value on the left, a value on the right.
//!
//! A list on either side is compared element by element; each operator says whether all pairs or
//! any pair must hold.

use std::borrow::Cow;

use talkloom_flow::VariableValue;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::datetime::parse_date;
use crate::number::{number, trim};
use crate::pattern::{InvalidPattern, Pattern};

/// Compares two values by an operator as the document names it; an unknown operator never holds.
///
/// # Errors
/// `Does not match regex` with a pattern that cannot be read. (`Matches regex` does not hold then.)
pub fn compare(
    operator: &str,
    left: &VariableValue,
    right: &VariableValue,
) -> Result<bool, InvalidPattern> {
    let holds = match operator {
        "Equal to" => every(left, right, equal),
        "Not equal" => every(left, right, |l, r| !equal(l, r)),
        "Contains" => contains(left, right),
        "Does not contain" => lacks(left, right),
        "Greater than" => ordered(left, right, |l, r| l > r),
        "Less than" => ordered(left, right, |l, r| l < r),
        "Greater or equal to" => ordered(left, right, |l, r| l >= r),
        "Less or equal to" => ordered(left, right, |l, r| l <= r),
        "Is set" => crate::value::is_set(left),
        "Is empty" => !crate::value::is_set(left),
        "Starts with" => every(left, right, |l, r| {
            both(l, r).is_some_and(|(l, r)| normal(l).starts_with(&normal(r)))
        }),
        "Ends with" => every(left, right, |l, r| {
            both(l, r).is_some_and(|(l, r)| normal(l).ends_with(&normal(r)))
        }),
        "Matches regex" => some(left, right, |l, r| {
            both(l, r).is_some_and(|(l, r)| matches(l, r).unwrap_or(false))
        }),
        "Does not match regex" => return mismatches(left, right),
        _ => false,
    };
    Ok(holds)
}

type Item<'v> = Option<&'v str>;

/// A value as the elements that are compared: a scalar is its own only element.
fn items(value: &VariableValue) -> Vec<Item<'_>> {
    match value {
        VariableValue::Null => vec![None],
        VariableValue::Text(text) => vec![Some(text)],
        VariableValue::List(items) => items.iter().map(Option::as_deref).collect(),
    }
}

fn every(left: &VariableValue, right: &VariableValue, holds: impl Fn(Item, Item) -> bool) -> bool {
    let right = items(right);
    items(left)
        .into_iter()
        .all(|l| right.iter().all(|r| holds(l, *r)))
}

fn some(left: &VariableValue, right: &VariableValue, holds: impl Fn(Item, Item) -> bool) -> bool {
    let right = items(right);
    items(left)
        .into_iter()
        .any(|l| right.iter().any(|r| holds(l, *r)))
}

/// Both sides, where neither is empty.
fn both<'v>(left: Item<'v>, right: Item<'v>) -> Option<(&'v str, &'v str)> {
    let left = left.filter(|text| !text.is_empty())?;
    let right = right.filter(|text| !text.is_empty())?;
    Some((left, right))
}

fn equal(left: Item, right: Item) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left == right || composed(left) == composed(right),
        (left, right) => left == right,
    }
}

fn contains(left: &VariableValue, right: &VariableValue) -> bool {
    if matches!(left, VariableValue::List(_)) {
        // The unset value counts as part of every list that has elements.
        return some(left, right, |l, r| r.is_none() || equal(l, r));
    }
    some(left, right, |l, r| {
        both(l, r).is_some_and(|(l, r)| normal(l).contains(&*normal(r)))
    })
}

fn lacks(left: &VariableValue, right: &VariableValue) -> bool {
    if matches!(left, VariableValue::List(_)) {
        return every(left, right, |l, r| !equal(l, r));
    }
    every(left, right, |l, r| {
        both(l, r).is_none_or(|(l, r)| !normal(l).contains(&*normal(r)))
    })
}

/// Compares as numbers; a list counts by its length, the text beside it strictly as a number.
fn ordered(left: &VariableValue, right: &VariableValue, holds: impl Fn(f64, f64) -> bool) -> bool {
    use VariableValue::{List, Null, Text};
    let (left, right) = match (left, right) {
        (Null, _) | (_, Null) => return false,
        (Text(left), Text(right)) => (magnitude(left), magnitude(right)),
        (List(left), Text(right)) => (left.len() as f64, strictly(right)),
        (Text(left), List(right)) => (strictly(left), right.len() as f64),
        (List(left), List(right)) => (left.len() as f64, right.len() as f64),
    };
    holds(left, right)
}

/// `NaN` compares as neither more nor less.
fn strictly(text: &str) -> f64 {
    number(text).unwrap_or(f64::NAN)
}

/// What a text counts for: a number, else a date's milliseconds, else its length.
fn magnitude(text: &str) -> f64 {
    let as_number = (!text.starts_with('+')).then(|| number(text)).flatten();
    as_number
        .or_else(|| parse_date(text).map(|ms| ms as f64))
        .unwrap_or_else(|| text.encode_utf16().count() as f64)
}

fn mismatches(left: &VariableValue, right: &VariableValue) -> Result<bool, InvalidPattern> {
    let right = items(right);
    for l in items(left) {
        for r in &right {
            let Some((l, r)) = both(l, *r) else {
                return Ok(false);
            };
            if matches(l, r)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn matches(text: &str, pattern: &str) -> Result<bool, InvalidPattern> {
    Ok(Pattern::parse(pattern)?.is_found_in(text))
}

/// Lower case, trimmed, composed: how texts are searched.
fn normal(text: &str) -> String {
    composed(trim(&text.to_lowercase())).into_owned()
}

fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> VariableValue {
        VariableValue::Text(text.into())
    }

    fn list(items: &[&str]) -> VariableValue {
        VariableValue::List(items.iter().map(|item| Some((*item).to_owned())).collect())
    }

    const NULL: VariableValue = VariableValue::Null;

    #[test]
    fn scalars_compare() {
        let cases = [
            ("a", "Equal to", "A", false),
            ("e\u{301}", "Equal to", "é", true),
            (" Hello ", "Contains", "ELL", true),
            ("a", "Contains", "", false),
            ("a", "Does not contain", "", true),
            ("10", "Greater than", "9", true),
            ("", "Less than", "1", true),
            ("2024-04-30T10:00:00Z", "Less than", "2024-05-01", true),
            ("aaa", "Greater than", "2", true),
            ("Hello", "Starts with", " hE", true),
            ("Hello", "Ends with", "LO", true),
            ("Hello", "Matches regex", "/^h/i", true),
            ("Hello", "Matches regex", "/^h/", false),
            ("Hello", "Matches regex", "l+o", true),
            ("Hello", "Matches regex", "[", false),
            ("Hello", "Does not match regex", "x", true),
            ("", "Does not match regex", "x", false),
            ("Hello", "Is set", "", true),
            ("", "Is set", "", false),
            ("", "Is empty", "", true),
            ("Hello", "Rhymes with", "yellow", false),
        ];
        for (left, operator, right, expected) in cases {
            let holds = compare(operator, &text(left), &text(right));
            assert_eq!(holds, Ok(expected), "{left:?} {operator} {right:?}");
        }
    }

    #[test]
    fn lists_compare() {
        let cases = [
            (list(&[]), "Equal to", text("x"), true),
            (list(&["x", "x"]), "Equal to", text("x"), true),
            (list(&["x", "y"]), "Contains", text("y"), true),
            (list(&["xy"]), "Contains", text("y"), false),
            (list(&["xy"]), "Contains", NULL, true),
            (list(&[]), "Contains", NULL, false),
            (text("xy"), "Contains", list(&["a", "y"]), true),
            (list(&["x", "y"]), "Greater than", text("1"), true),
            (text("one"), "Greater than", list(&[]), false),
            (list(&["a"]), "Less than", list(&["a", "b"]), true),
            (list(&[]), "Is empty", NULL, true),
            (list(&["ab", "b"]), "Matches regex", text("^b"), true),
            (
                list(&["ab", "b"]),
                "Does not match regex",
                text("^b"),
                false,
            ),
            (NULL, "Equal to", NULL, true),
            (NULL, "Less than", text("1"), false),
        ];
        for (left, operator, right, expected) in cases {
            let holds = compare(operator, &left, &right);
            assert_eq!(holds, Ok(expected), "{left:?} {operator} {right:?}");
        }
    }

    #[test]
    fn a_broken_pattern_is_reported_where_it_matters() {
        let error = compare("Does not match regex", &text("a"), &text("[")).unwrap_err();
        assert_eq!(error.pattern, "[");
    }

    const OPERATORS: [&str; 14] = [
        "Equal to",
        "Not equal",
        "Contains",
        "Does not contain",
        "Greater than",
        "Less than",
        "Greater or equal to",
        "Less or equal to",
        "Is set",
        "Is empty",
        "Starts with",
        "Ends with",
        "Matches regex",
        "Does not match regex",
    ];

    proptest! {
        #[test]
        fn nothing_panics(operator in 0..OPERATORS.len(), left in any::<String>(), right in any::<String>()) {
            let _ = compare(OPERATORS[operator], &text(&left), &text(&right));
            let _ = compare(OPERATORS[operator], &list(&[&left, &right]), &text(&right));
        }
    }
}
