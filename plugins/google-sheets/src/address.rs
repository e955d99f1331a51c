//! Addresses: of cells in a sheet, and of requests.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands unescaped in a part of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A text as one part of an address.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// The letters of a column, counted from 0: `A`, …, `Z`, `AA`, ….
pub fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// A rectangle of cells: columns count from 0, rows from 1, both ends belong to it.
pub fn range(title: &str, columns: (usize, usize), rows: (u32, u32)) -> String {
    let (first, last) = (letters(columns.0), letters(columns.1));
    format!("{}!{first}{}:{last}{}", quoted(title), rows.0, rows.1)
}

/// A sheet's title as it stands in a range.
pub fn quoted(title: &str) -> String {
    format!("'{}'", title.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        let table = [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
            (18_277, "ZZZ"),
        ];
        for (column, expected) in table {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn titles_are_quoted_and_parts_are_escaped() {
        let range = range("It's 5/5", (0, 2), (2, 10));
        assert_eq!(range, "'It''s 5/5'!A2:C10");
        assert_eq!(encoded(&range), "%27It%27%27s%205%2F5%27%21A2%3AC10");
        assert_eq!(encoded("../a?b#c"), "..%2Fa%3Fb%23c");
    }
}
