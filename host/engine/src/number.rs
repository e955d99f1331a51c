//! Numbers as JavaScript reads and prints them.
//!
//! Bots were written against a JavaScript engine: `"0x10"`, `" 5 "` and `""` are numbers there, and
//! `1e21` prints as `1e+21`.

/// Prints a number as JavaScript's `String(number)` does.
pub fn print_number(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// Reads a whole text as JavaScript's `Number(text)` does; none where that gives `NaN`.
pub fn number(text: &str) -> Option<f64> {
    let text = trim(text);
    if text.is_empty() {
        return Some(0.0);
    }
    if let Some((radix, digits)) = radix_literal(text) {
        return integer_in_radix(digits, radix);
    }
    let (value, length) = decimal_prefix(text)?;
    (length == text.len()).then_some(value)
}

/// Reads the longest numeric start of a text as JavaScript's `parseFloat` does.
pub fn parse_float(text: &str) -> Option<f64> {
    decimal_prefix(trim_start(text)).map(|(value, _)| value)
}

/// Removes what JavaScript's `trim` removes from both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_js_whitespace)
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_js_whitespace)
}

/// JavaScript counts the byte order mark as white space and the "next line" control not.
fn is_js_whitespace(c: char) -> bool {
    c == '\u{feff}' || (c != '\u{85}' && c.is_whitespace())
}

fn radix_literal(text: &str) -> Option<(u32, &str)> {
    let digits = text.strip_prefix('0')?;
    let mut rest = digits.chars();
    let radix = match rest.next()? {
        'x' | 'X' => 16,
        'o' | 'O' => 8,
        'b' | 'B' => 2,
        _ => return None,
    };
    Some((radix, rest.as_str()))
}

fn integer_in_radix(digits: &str, radix: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0.0, |sum, digit| {
        Some(sum * f64::from(radix) + f64::from(digit.to_digit(radix)?))
    })
}

/// The longest decimal literal at the start of a text, and its length in bytes.
fn decimal_prefix(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text[sign..].starts_with("Infinity") {
        let value = if bytes[0] == b'-' {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        return Some((value, sign + "Infinity".len()));
    }
    let whole = digits(&bytes[sign..]);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(&bytes[end + 1..]);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    end += exponent(&bytes[end..]);
    Some((text[..end].parse().ok()?, end))
}

/// Length of an exponent such as `e-5`; 0 where there is none.
fn exponent(bytes: &[u8]) -> usize {
    if !matches!(bytes.first(), Some(b'e' | b'E')) {
        return 0;
    }
    let sign = usize::from(matches!(bytes.get(1), Some(b'+' | b'-')));
    match digits(&bytes[1 + sign..]) {
        0 => 0,
        count => 1 + sign + count,
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts_are_numbers() {
        let cases = [
            ("", Some(0.0)),
            (" \u{feff}\n", Some(0.0)),
            (" 5 ", Some(5.0)),
            ("5.", Some(5.0)),
            (".5", Some(0.5)),
            ("-3e2", Some(-300.0)),
            ("0x1F", Some(31.0)),
            ("0b101", Some(5.0)),
            ("0o17", Some(15.0)),
            ("-0x1", None),
            ("0x", None),
            ("Infinity", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("inf", None),
            ("NaN", None),
            ("1,5", None),
            ("12abc", None),
            ("1e", None),
            (".", None),
            ("١٢", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }

    #[test]
    fn starts_of_texts_are_numbers() {
        let cases = [
            ("12abc", Some(12.0)),
            ("  1 000", Some(1.0)),
            ("0x10", Some(0.0)),
            ("1e3x", Some(1000.0)),
            ("1e", Some(1.0)),
            ("+.5.5", Some(0.5)),
            ("-", None),
            ("", None),
            ("abc", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_float(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_print_as_in_javascript() {
        let cases = [
            (5.0, "5"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (number, expected) in cases {
            assert_eq!(print_number(number), expected);
        }
    }
}
