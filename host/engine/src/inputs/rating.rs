//! Answers to rating inputs.

use crate::number::number;

/// How far a rating goes where the document does not say.
pub const DEFAULT_LENGTH: f64 = 10.0;

/// Whether a reply is a number of at most the rating's length; there is no lower bound.
pub fn is_valid(reply: &str, length: Option<f64>) -> bool {
    number(reply).is_some_and(|rating| rating <= length.unwrap_or(DEFAULT_LENGTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_numbers_up_to_the_length() {
        for valid in ["5", "10", "0", "-1", "4.5", ""] {
            assert!(is_valid(valid, None), "{valid:?}");
        }
        for invalid in ["11", "abc"] {
            assert!(!is_valid(invalid, None), "{invalid:?}");
        }
        assert!(!is_valid("5", Some(3.0)));
    }
}
