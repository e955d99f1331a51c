//! Answers to number inputs.

use crate::number::{parse_float, print_number};
use crate::value::starts_with_zero;

/// What a number answer must keep to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NumberRules {
    /// The least that is accepted.
    pub min: Option<f64>,
    /// The most that is accepted.
    pub max: Option<f64>,
}

/// Reads an answer: its numeric start with a comma or a point, as JavaScript prints it. An answer
/// that begins with a 0 is kept as typed.
pub fn parse(reply: &str, rules: NumberRules) -> Option<String> {
    let number = parse_float(&reply.replacen(',', ".", 1))?;
    let bound = |bound: Option<f64>| bound.filter(|bound| !bound.is_nan());
    let in_bounds = bound(rules.min).is_none_or(|min| number >= min)
        && bound(rules.max).is_none_or(|max| number <= max);
    in_bounds.then(|| {
        if starts_with_zero(reply) {
            reply.to_owned()
        } else {
            print_number(number)
        }
    })
}

/// Reads a bound or a step that a document gives as text, `,` or `.` before the fraction.
pub fn parse_bound(text: &str) -> Option<f64> {
    parse_float(&text.replacen(',', ".", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        let cases = [
            ("5", Some("5")),
            ("5,5", Some("5.5")),
            ("12abc", Some("12")),
            ("", None),
            ("007", Some("007")),
            ("0x10", Some("0x10")),
            ("0.10", Some("0.1")),
            ("1,000", Some("1")),
            ("-0", Some("0")),
            ("Infinity", Some("Infinity")),
            ("NaN", None),
            ("٣", None),
        ];
        for (reply, expected) in cases {
            assert_eq!(
                parse(reply, NumberRules::default()).as_deref(),
                expected,
                "{reply:?}"
            );
        }
    }

    #[test]
    fn bounds_are_kept() {
        let rules = NumberRules {
            min: Some(1.0),
            max: Some(10.0),
        };
        let zero = NumberRules {
            min: Some(0.0),
            max: Some(f64::NAN),
        };
        assert!(parse("1", rules).is_some() && parse("10", rules).is_some());
        assert!(parse("0.9", rules).is_none() && parse("10.5", rules).is_none());
        assert!(parse("-5", zero).is_none());
        assert!(parse("5", zero).is_some());
        assert_eq!(parse_bound("2,5"), Some(2.5));
    }
}
