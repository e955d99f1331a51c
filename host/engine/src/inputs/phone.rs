//! Answers to phone number inputs.

use rlibphonenumber::phonenumber_matcher::PHONE_MATCHER_FACTORY;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// Candidates that are looked at before a long text counts as without a number.
const MAX_TRIES: u64 = 100;

/// Reads an answer: the first phone number in the text, in E.164 form. National numbers are only
/// read with the country (ISO 3166, two letters) that they belong to.
pub fn parse(reply: &str, country: Option<&str>) -> Option<String> {
    let region = country.and_then(|code| code.to_uppercase().parse::<Region>().ok());
    let mut matcher = PHONE_MATCHER_FACTORY
        .matcher_builder(reply)
        .preferred_region(region)
        .max_tries(MAX_TRIES)
        .build();
    let found = matcher.next()?;
    let number = PHONE_NUMBER_UTIL.format(&found.number, PhoneNumberFormat::E164);
    Some(number.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_number_is_read() {
        let cases = [
            ("+33612345678", None, Some("+33612345678")),
            ("0612345678", None, None),
            ("0612345678", Some("FR"), Some("+33612345678")),
            ("06 12 34 56 78", Some("fr"), Some("+33612345678")),
            ("+1 (415) 555-2671", None, Some("+14155552671")),
            (
                "call me at +49 30 123456 today",
                Some("FR"),
                Some("+4930123456"),
            ),
            ("00 33 6 12 34 56 78", Some("FR"), Some("+33612345678")),
            ("+33 6 12 34 56 7", None, None),
            ("+999123", None, None),
            ("12", Some("FR"), None),
            ("", Some("no such country"), None),
        ];
        for (reply, country, expected) in cases {
            assert_eq!(
                parse(reply, country).as_deref(),
                expected,
                "{reply:?} {country:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(reply in any::<String>(), digits in "[0-9+() ./٣-]{0,30}", country in any::<String>()) {
            let _ = parse(&reply, Some(&country));
            let _ = parse(&digits, Some("US"));
        }
    }
}
