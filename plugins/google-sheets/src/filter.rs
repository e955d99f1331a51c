//! Which rows match.

use unicode_normalization::UnicodeNormalization;

use crate::header::Header;
use crate::options::{self, Comparison};

/// A filter whose columns were looked up.
pub struct Filter {
    is_and: bool,
    tests: Vec<Test>,
}

/// A comparison; none of its column where the sheet has no such column.
struct Test {
    column: Option<usize>,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Operator {
    Equal,
    NotEqual,
    Contains,
    DoesNotContain,
    Greater,
    Less,
    IsSet,
    IsEmpty,
    StartsWith,
    EndsWith,
    /// It holds for no cell.
    Unknown,
}

impl Filter {
    /// Looks the columns up.
    pub fn new(filter: &options::Filter, header: &Header) -> Self {
        let test = |comparison: &Comparison| Test {
            column: header.column(comparison.column.as_deref()),
            operator: operator(comparison.comparison_operator.as_deref()),
            value: composed(comparison.value.as_deref().unwrap_or_default()),
        };
        Self {
            is_and: filter.logical_operator.as_deref() == Some("AND"),
            tests: filter.comparisons.iter().map(test).collect(),
        }
    }

    /// The columns that it looks at.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.tests.iter().filter_map(|test| test.column)
    }

    /// Whether a row matches; `cell` gives its cells, empty ones as an empty text. A column that
    /// is not there matches nothing, so that a slip of the pen does not change every row.
    pub fn matches<'c>(&self, mut cell: impl FnMut(usize) -> &'c str) -> bool {
        let mut holds = |test: &Test| {
            let cell = test.column.map(&mut cell);
            cell.is_some_and(|cell| test.holds(cell))
        };
        if self.is_and {
            self.tests.iter().all(&mut holds)
        } else {
            self.tests.iter().any(&mut holds)
        }
    }
}

impl Test {
    fn holds(&self, cell: &str) -> bool {
        let value = self.value.as_str();
        match self.operator {
            Operator::Equal => is_equal(cell, value),
            Operator::NotEqual => !is_equal(cell, value),
            Operator::Contains => within(cell, value, |cell, value| cell.contains(value)),
            Operator::DoesNotContain => !within(cell, value, |cell, value| cell.contains(value)),
            Operator::StartsWith => within(cell, value, |cell, value| cell.starts_with(value)),
            Operator::EndsWith => within(cell, value, |cell, value| cell.ends_with(value)),
            Operator::Greater => numbers(cell, value).is_some_and(|(cell, value)| cell > value),
            Operator::Less => numbers(cell, value).is_some_and(|(cell, value)| cell < value),
            Operator::IsSet => !cell.is_empty(),
            Operator::IsEmpty => cell.is_empty(),
            Operator::Unknown => false,
        }
    }
}

fn operator(name: Option<&str>) -> Operator {
    match name {
        Some("Equal to") => Operator::Equal,
        Some("Not equal") => Operator::NotEqual,
        Some("Contains") => Operator::Contains,
        Some("Does not contain") => Operator::DoesNotContain,
        Some("Greater than") => Operator::Greater,
        Some("Less than") => Operator::Less,
        Some("Is set") => Operator::IsSet,
        Some("Is empty") => Operator::IsEmpty,
        Some("Starts with") => Operator::StartsWith,
        Some("Ends with") => Operator::EndsWith,
        _ => Operator::Unknown,
    }
}

/// Whether two texts are the same, however their accents are written.
fn is_equal(cell: &str, composed_value: &str) -> bool {
    cell == composed_value || (!cell.is_ascii() && composed(cell) == composed_value)
}

fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Compares without regard to case and blanks around; nothing stands within an empty text.
fn within(cell: &str, value: &str, compare: impl Fn(&str, &str) -> bool) -> bool {
    let plain = |text: &str| text.to_lowercase().trim().nfc().collect::<String>();
    !cell.is_empty() && !value.is_empty() && compare(&plain(cell), &plain(value))
}

fn numbers(cell: &str, value: &str) -> Option<(f64, f64)> {
    Some((leading_number(cell)?, leading_number(value)?))
}

/// The number that a text begins with, as JavaScript's `parseFloat` reads it.
fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with("Infinity") {
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        return Some(sign * f64::INFINITY);
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let sign = text.len() - unsigned.len();
    let whole = digits(unsigned);
    let mut end = whole;
    let mut fraction = 0;
    if let Some(rest) = unsigned[end..].strip_prefix('.') {
        fraction = digits(rest);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(rest) = unsigned[end..].strip_prefix(['e', 'E']) {
        let power = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let length = digits(power);
        if length > 0 {
            end += 1 + (rest.len() - power.len()) + length;
        }
    }
    text[..sign + end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(operator: Option<&str>, comparisons: &[(&str, &str, &str)]) -> Filter {
        let comparisons = comparisons
            .iter()
            .map(|(column, operator, value)| Comparison {
                column: Some((*column).to_owned()),
                comparison_operator: Some((*operator).to_owned()),
                value: Some((*value).to_owned()),
            });
        let filter = options::Filter {
            logical_operator: operator.map(str::to_owned),
            comparisons: comparisons.collect(),
        };
        Filter::new(&filter, &Header::of(["Name", "Age"]))
    }

    fn holds(operator: &str, cell: &str, value: &str) -> bool {
        filter(None, &[("Name", operator, value)]).matches(|_| cell)
    }

    #[test]
    fn operators_compare_as_bots_expect() {
        let table = [
            ("Equal to", "Ada", "Ada", true),
            ("Equal to", "ada", "Ada", false),
            ("Equal to", "Zoe\u{308}", "Zo\u{eb}", true),
            ("Equal to", "", "", true),
            ("Not equal", "ada", "Ada", true),
            ("Not equal", "Ada", "Ada", false),
            ("Contains", " Ada Lovelace", "LOVE", true),
            ("Contains", "Ada", "", false),
            ("Contains", "", "a", false),
            ("Does not contain", "Ada", "x", true),
            ("Does not contain", "Ada", "D", false),
            ("Does not contain", "", "x", true),
            ("Greater than", "12 apples", "9", true),
            ("Greater than", "9", "12", false),
            ("Greater than", "many", "1", false),
            ("Less than", "-1.5e1x", "-14", true),
            ("Less than", "", "1", false),
            ("Is set", " ", "", true),
            ("Is set", "", "", false),
            ("Is empty", "", "", true),
            ("Is empty", "x", "", false),
            ("Starts with", "Ada", " aD", true),
            ("Starts with", "Ada", "da", false),
            ("Ends with", "Ada ", "DA", true),
            ("Ends with", "Ada", "", false),
            ("Matches regex", "Ada", "A.*", false),
            ("", "Ada", "Ada", false),
        ];
        for (operator, cell, value, expected) in table {
            let case = format!("{cell:?} {operator} {value:?}");
            assert_eq!(holds(operator, cell, value), expected, "{case}");
        }
    }

    #[test]
    fn only_and_asks_for_all_comparisons() {
        let comparisons = [("Name", "Equal to", "Ada"), ("Age", "Greater than", "40")];
        let row = ["Ada", "36"];
        for (operator, expected) in [
            (None, true),
            (Some("OR"), true),
            (Some("and"), true),
            (Some("AND"), false),
        ] {
            let found = filter(operator, &comparisons).matches(|column| row[column]);
            assert_eq!(found, expected, "{operator:?}");
        }
    }

    #[test]
    fn a_column_that_is_not_there_matches_nothing() {
        for operator in ["Is empty", "Not equal", "Does not contain"] {
            let filter = filter(None, &[("Nmae", operator, "x")]);
            assert!(!filter.matches(|_| ""), "{operator}");
            assert_eq!(filter.columns().count(), 0);
        }
    }

    #[test]
    fn numbers_are_read_from_the_beginning() {
        let table = [
            (" 12abc", Some(12.0)),
            ("-.5", Some(-0.5)),
            ("+3.", Some(3.0)),
            ("1e3", Some(1000.0)),
            ("1e", Some(1.0)),
            ("1e+x", Some(1.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            (".", None),
            ("-", None),
            ("NaN", None),
            ("é1", None),
        ];
        for (text, expected) in table {
            assert_eq!(leading_number(text), expected, "{text}");
        }
    }
}
