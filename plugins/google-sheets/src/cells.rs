//! What is written into cells.

use serde_json::Value;

use crate::header::Header;
use crate::options::Cell;

/// More digits than a spreadsheet's numbers keep.
const EXACT_DIGITS: usize = 15;

/// Columns and what is written there, in the sheet's order; of several values for one column the
/// last counts. What names no column of the sheet is left out.
pub fn placed(cells: &[Cell], header: &Header) -> Vec<(usize, Value)> {
    let mut placed: Vec<(usize, Value)> = Vec::new();
    for (name, value) in cells.iter().filter_map(Cell::filled) {
        let Some(column) = header.column(Some(name)) else {
            continue;
        };
        placed.retain(|(other, _)| *other != column);
        placed.push((column, written(value)));
    }
    placed.sort_by_key(|(column, _)| *column);
    placed
}

/// The whole row of some cells; nothing is written where none is given.
pub fn row(placed: Vec<(usize, Value)>) -> Vec<Value> {
    let width = placed.last().map_or(0, |(column, _)| column + 1);
    let mut row = vec![Value::Null; width];
    for (column, value) in placed {
        row[column] = value;
    }
    row
}

/// Cells that stand side by side, each run with its first column.
pub fn runs(placed: Vec<(usize, Value)>) -> Vec<(usize, Vec<Value>)> {
    let mut runs: Vec<(usize, Vec<Value>)> = Vec::new();
    for (column, value) in placed {
        match runs.last_mut() {
            Some((first, run)) if *first + run.len() == column => run.push(value),
            _ => runs.push((column, vec![value])),
        }
    }
    runs
}

/// A text stays a text whatever it looks like, so that what a visitor writes never becomes a
/// formula. Only a plain number becomes one, for sums and charts to count it.
fn written(text: &str) -> Value {
    if is_plain_number(text)
        && let Ok(number) = serde_json::from_str::<serde_json::Number>(text)
    {
        return Value::Number(number);
    }
    Value::from(text)
}

/// `0`, `12`, `-3.5`: written as a spreadsheet shows it, so that it reads the same afterwards.
/// Telephone numbers and codes with a leading zero are none.
fn is_plain_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_fraction = fraction.is_none_or(|f| digits(f) && !f.ends_with('0'));
    let length = whole.len() + fraction.map_or(0, str::len);
    digits(whole)
        && has_fraction
        && (whole == "0" || !whole.starts_with('0'))
        && length <= EXACT_DIGITS
        && text != "-0"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cell(column: &str, value: &str) -> Cell {
        Cell {
            column: Some(column.to_owned()),
            value: Some(value.to_owned()),
        }
    }

    #[test]
    fn nothing_a_visitor_writes_becomes_a_formula() {
        for text in [
            "=1+1",
            "+1",
            "@SUM(A1)",
            "-1-1",
            "007",
            "1e5",
            "1,5",
            "1.50",
            " 1",
            "",
            "-",
            "-0",
            ".5",
            "1.",
            "1234567890123456",
            "0x1",
            "TRUE",
            "2026-01-01",
            "=IMPORTXML(\"http://a\")",
        ] {
            assert_eq!(written(text), json!(text));
        }
        assert_eq!(written("36").to_string(), "36");
        assert_eq!(written("-3.5").to_string(), "-3.5");
        assert_eq!(written("0.1").to_string(), "0.1");
        assert_eq!(written("0").to_string(), "0");
    }

    #[test]
    fn cells_go_to_their_columns() {
        let header = Header::of(["A", "B", "C", "D"]);
        let cells = [
            cell("D", "d"),
            cell("B", "1"),
            cell("X", "x"),
            cell("A", "old"),
            cell(" A", "a"),
            Cell::default(),
        ];
        let placed = placed(&cells, &header);
        assert_eq!(
            row(placed.clone()),
            [json!("a"), json!(1), json!(null), json!("d")]
        );
        let expected = [(0, vec![json!("a"), json!(1)]), (3, vec![json!("d")])];
        assert_eq!(runs(placed), expected);
        assert_eq!(row(Vec::new()), Vec::<Value>::new());
    }
}
