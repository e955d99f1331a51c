//! Answers to rating inputs.

use crate::number::number;

/// How far a rating goes where the document does not say.
pub const DEFAULT_LENGTH: f64 = 10.0;

/// What a rating must keep to; the document's defaults where it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RatingRules {
    /// The least that is accepted; 0 by default.
    pub starts_at: Option<f64>,
    /// The most that is accepted; [`DEFAULT_LENGTH`] by default.
    pub length: Option<f64>,
}

/// Whether a reply is a number within the rating's bounds.
pub fn is_valid(reply: &str, rules: RatingRules) -> bool {
    let least = rules.starts_at.unwrap_or_default();
    let most = rules.length.unwrap_or(DEFAULT_LENGTH);
    number(reply).is_some_and(|rating| rating >= least && rating <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_numbers_within_the_bounds() {
        let plain = RatingRules::default();
        for valid in ["5", "10", "0", "4.5", ""] {
            assert!(is_valid(valid, plain), "{valid:?}");
        }
        for invalid in ["11", "-1", "abc"] {
            assert!(!is_valid(invalid, plain), "{invalid:?}");
        }
        let one_to_three = RatingRules {
            starts_at: Some(1.0),
            length: Some(3.0),
        };
        assert!(is_valid("1", one_to_three) && is_valid("3", one_to_three));
        assert!(!is_valid("0", one_to_three) && !is_valid("5", one_to_three));
    }
}
