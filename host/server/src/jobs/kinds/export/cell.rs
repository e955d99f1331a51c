//! Keeps a visitor's answer from being a formula where a spreadsheet opens the table.

/// The cell as a spreadsheet takes it for text: what would begin a formula gets an apostrophe before
/// it. Numbers and telephone numbers stay as they are.
pub(super) fn harmless(cell: String) -> String {
    let begins_formula = match cell.chars().next() {
        Some('=' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => true,
        Some('+' | '-') => !cell[1..].chars().all(is_part_of_number),
        _ => false,
    };
    if begins_formula {
        format!("'{cell}")
    } else {
        cell
    }
}

/// No operator and no letter: nothing that a spreadsheet could reckon with.
fn is_part_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, ' ' | '.' | ',' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_become_text() {
        for (given, kept) in [
            ("=1+1", "'=1+1"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+1+cmd|x", "'+1+cmd|x"),
            ("-2+3", "'-2+3"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("+49 (30) 123456", "+49 (30) 123456"),
            ("-12.5", "-12.5"),
            ("- a list", "'- a list"),
            ("Ada", "Ada"),
            ("", ""),
            ("1=1", "1=1"),
        ] {
            assert_eq!(harmless(given.to_owned()), kept, "{given:?}");
        }
    }
}
